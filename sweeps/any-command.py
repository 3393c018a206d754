"""Fits a polynomial (a cubic by default) to noisy points of a sine by gradient descent with momentum. Python's standard library only.

Ranksweep passes the parameters as --name=value and reads the metrics from the file that RANKSWEEP_METRICS names.
"""
import argparse
import json
import math
import os
import random
import sys


def points(generator, count):
    xs = [generator.uniform(-1, 1) for _ in range(count)]
    return [(x, math.sin(3 * x) + generator.gauss(0, 0.1)) for x in xs]


def predict(weights, x):
    return sum(weight * x**power for power, weight in enumerate(weights))


def mean_squared_error(weights, data):
    errors = [predict(weights, x) - y for x, y in data]
    return sum(error * error for error in errors) / len(data)  # ** 2 would raise where * gives infinity


def gradient(weights, data):
    errors = [(x, 2 * (predict(weights, x) - y) / len(data)) for x, y in data]
    return [sum(error * x**power for x, error in errors) for power in range(len(weights))]


def metric_line(metric, step, value):
    """JSON has no NaN and no infinities: they are sent as text, so that a diverged loss is recorded."""
    finite = math.isfinite(value)
    name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return json.dumps({"metric": metric, "step": step, "value": value if finite else name}) + "\n"


def fit(arguments, output):
    generator = random.Random(arguments.seed)
    train, validation = points(generator, 40), points(generator, 40)
    weights, velocity = [0.0] * (arguments.degree + 1), [0.0] * (arguments.degree + 1)
    for step in range(1, arguments.steps + 1):
        slope = gradient(weights, train)
        velocity = [arguments.momentum * v - arguments.learning_rate * s for v, s in zip(velocity, slope)]
        weights = [weight + v for weight, v in zip(weights, velocity)]
        if step == arguments.steps:
            output.write(metric_line("weights/count", step, len(weights)))
            output.write(metric_line("weights/largest", step, max(map(abs, weights))))
        if step % 10 == 0:
            output.write(metric_line("train/loss", step, mean_squared_error(weights, train)))
            output.write(metric_line("validation/loss", step, mean_squared_error(weights, validation)))
            output.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.0)
    parser.add_argument("--degree", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    path = os.environ.get("RANKSWEEP_METRICS")
    if path is None:
        fit(arguments, sys.stdout)
        return
    with open(path, "a", encoding="utf-8") as output:
        fit(arguments, output)


if __name__ == "__main__":
    main()
