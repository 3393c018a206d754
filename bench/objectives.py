"""Hypervolume of Ranksweep's search beside random search and Optuna's samplers, on problems with several objectives.

    pip install optuna==5.0.0 torch scipy && python bench/objectives.py --seeds 10 --out results.jsonl
    python bench/objectives.py --report results.jsonl

Every entrant gets the same problems, 30 trials and seeds 0, 1, …; what counts is the volume that its results dominate after 20 and 30 trials,
from a reference point that belongs to the problem and that no entrant is told, as a share of the largest volume that is known. A trial that
breaks the limit does not count. Ranksweep is driven by `suggest --ndjson`; npm run build:server comes first.
"""
import argparse
import json
import math
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
TRIALS = 30


def unit(name):
    return {"name": name, "type": "float", "low": 0.0, "high": 1.0, "scale": "linear"}


def branin_currin(p):
    """Belakaria et al. 2019; the pair that BoTorch's tutorials use."""
    x, y = p["x"], p["y"]
    u, v = 15 * x - 5, 15 * y
    branin = (v - 5.1 / (4 * math.pi**2) * u * u + 5 / math.pi * u - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(u) + 10
    factor = 1 - math.exp(-1 / (2 * y)) if y > 0 else 1
    currin = factor * (2300 * x**3 + 1900 * x * x + 2092 * x + 60) / (100 * x**3 + 500 * x * x + 4 * x + 20)
    return {"a": branin, "b": currin}


def zdt3(p):
    """Zitzler, Deb & Thiele 2000: a front of five pieces."""
    xs = [p[f"x{i}"] for i in range(5)]
    g = 1 + 9 * sum(xs[1:]) / 4
    ratio = xs[0] / g
    return {"a": xs[0], "b": g * (1 - math.sqrt(ratio) - ratio * math.sin(10 * math.pi * xs[0]))}


def adapter(p):
    """What a LoRA sweep looks like: loss against trained parameters. The best rate falls with rank; above a cliff the run diverges."""
    rate, rank, modules = math.log10(p["rate"]), p["rank"], p["modules"]
    share = {"q,v": 1.0, "attention": 2.0, "all": 3.6}[modules]
    best = -2.2 - 0.25 * math.log2(rank) / 3 - 0.2 * math.log2(share)
    if rate > best + 1.1:
        return None
    capacity = rank * share
    loss = 1.6 + 0.9 / (1 + capacity) ** 0.35 + 0.22 * (rate - best) ** 2 + 0.15 * (p["dropout"] - 0.08) ** 2
    change = 0.004 * capacity**0.3 * 10 ** (0.9 * (rate + 3.5))
    return {"a": loss, "b": math.log2(capacity), "change": change}


def dtlz2(p):
    """Deb et al. 2005: three objectives, the front is an eighth of a sphere."""
    xs = [p[f"x{i}"] for i in range(5)]
    g = sum((x - 0.5) ** 2 for x in xs[2:])
    t, s = xs[0] * math.pi / 2, xs[1] * math.pi / 2
    return {"a": (1 + g) * math.cos(t) * math.cos(s), "b": (1 + g) * math.cos(t) * math.sin(s), "c": (1 + g) * math.sin(t)}


LORA = [
    {"name": "rate", "type": "float", "low": 1e-5, "high": 1e-1, "scale": "log"},
    {"name": "rank", "type": "ordinal", "values": [1, 2, 4, 8, 16, 32, 64]},
    {"name": "modules", "type": "categorical", "values": ["q,v", "attention", "all"]},
    {"name": "dropout", "type": "float", "low": 0.0, "high": 0.3, "scale": "linear"},
]
PROBLEMS = {
    "branin-currin": {"f": branin_currin, "space": [unit("x"), unit("y")], "names": ["a", "b"], "reference": [18, 6]},
    "zdt3": {"f": zdt3, "space": [unit(f"x{i}") for i in range(5)], "names": ["a", "b"], "reference": [1.1, 6]},
    "adapter": {"f": adapter, "space": LORA, "names": ["a", "b"], "reference": [2.6, 8]},
    "adapter-limit": {"f": adapter, "space": LORA, "names": ["a", "b"], "reference": [2.6, 8], "limit": ["change", 0.02]},
    "adapter-3": {"f": adapter, "space": LORA, "names": ["a", "b", "change"], "reference": [2.6, 8, 0.1]},
    "dtlz2-3": {"f": dtlz2, "space": [unit(f"x{i}") for i in range(5)], "names": ["a", "b", "c"], "reference": [1.5] * 3},
}


def volume(points, reference):
    """Dominated volume, the last objective in slices."""
    inside = [p for p in points if all(a < r for a, r in zip(p, reference))]
    if not inside:
        return 0.0
    if len(reference) == 1:
        return reference[0] - min(p[0] for p in inside)
    inside.sort(key=lambda p: p[-1])
    total = 0.0
    for i, point in enumerate(inside):
        depth = (inside[i + 1][-1] if i + 1 < len(inside) else reference[-1]) - point[-1]
        if depth > 0:
            total += depth * volume([p[:-1] for p in inside[: i + 1]], reference[:-1])
    return total


def result_of(problem, outcomes):
    """The losses of a trial that counts, or None."""
    if outcomes is None or ("limit" in problem and outcomes[problem["limit"][0]] > problem["limit"][1]):
        return None
    return [outcomes[name] for name in problem["names"]]


def draw(space, source):
    point = {}
    for p in space:
        if p["type"] == "float":
            low, high = (math.log(p["low"]), math.log(p["high"])) if p["scale"] == "log" else (p["low"], p["high"])
            value = source.uniform(low, high)
            point[p["name"]] = math.exp(value) if p["scale"] == "log" else value
        else:
            point[p["name"]] = source.choice(p["values"])
    return point


def by_random(problem, seed):
    source = random.Random(seed)
    for _ in range(TRIALS):
        yield problem["f"](draw(problem["space"], source))


def by_ranksweep(problem, seed):
    command = ["node", str(ROOT / "dist/src/cli/main.js"), "suggest", "--ndjson"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(message):
        child.stdin.write(json.dumps(message) + "\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        if answer["type"] == "error":
            raise RuntimeError(answer["message"])
        return answer

    start = {"type": "start", "space": problem["space"], "budget": TRIALS, "seed": seed}
    start["objectives"] = [{"name": name} for name in problem["names"]]
    if "limit" in problem:
        start["limits"] = [{"name": problem["limit"][0], "max": problem["limit"][1]}]
    answer = ask(start)
    for k in range(TRIALS):
        params = answer["params"]
        outcomes = problem["f"](params)
        yield outcomes
        tell = {"type": "tell", "params": params, "remaining": TRIALS - 1 - k}
        tell |= {"status": "diverged"} if outcomes is None else {"metrics": outcomes}
        answer = ask(tell)
    child.stdin.close()
    child.wait()


def by_optuna(make):
    def entrant(problem, seed):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        constraints = None
        if "limit" in problem:
            constraints = lambda trial: [trial.user_attrs["excess"]]
        study = optuna.create_study(directions=["minimize"] * len(problem["names"]), sampler=make(optuna, seed, constraints))
        worst = {}
        for _ in range(TRIALS):
            trial = study.ask()
            params = {p["name"]: suggested(trial, p) for p in problem["space"]}
            outcomes = problem["f"](params)
            yield outcomes
            if outcomes is not None:
                for name, value in outcomes.items():
                    worst[name] = max(worst.get(name, -math.inf), value)
            told = outcomes or {name: worst.get(name, 10.0) for name in [*problem["names"], "change"]}
            if "limit" in problem:
                trial.set_user_attr("excess", told[problem["limit"][0]] - problem["limit"][1])
            study.tell(trial, [told[name] for name in problem["names"]])

    return entrant


def suggested(trial, p):
    if p["type"] == "float":
        return trial.suggest_float(p["name"], p["low"], p["high"], log=p["scale"] == "log")
    if p["type"] == "ordinal":  # as Optuna likes it best: an index
        return p["values"][trial.suggest_int(p["name"], 0, len(p["values"]) - 1)]
    return trial.suggest_categorical(p["name"], p["values"])


def sampler(name):
    return by_optuna(lambda optuna, seed, constraints: getattr(optuna.samplers, name)(seed=seed, constraints_func=constraints))


ENTRANTS = {
    "ranksweep": by_ranksweep, "random": by_random,
    "optuna-gp": sampler("GPSampler"), "optuna-tpe": sampler("TPESampler"), "optuna-nsga2": sampler("NSGAIISampler"),
}


def run(arguments):
    out = Path(arguments.out)
    done = {tuple(json.loads(line)[:3]) for line in out.read_text().splitlines()} if out.exists() else set()
    with out.open("a") as file:
        for seed in range(arguments.seeds):
            for problem in arguments.problems:
                for entrant in arguments.entrants:
                    if (problem, entrant, seed) in done:
                        continue
                    started, found, volumes = time.process_time(), [], []
                    for outcomes in ENTRANTS[entrant](PROBLEMS[problem], seed):
                        result = result_of(PROBLEMS[problem], outcomes)
                        found += [result] if result else []
                        volumes.append(volume(found, PROBLEMS[problem]["reference"]))
                    file.write(json.dumps([problem, entrant, seed, volumes, time.process_time() - started]) + "\n")
                    file.flush()


def report(path):
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    best = {}
    for problem in PROBLEMS:  # the largest volume that is known: by 20,000 random points and everything that was found
        source, found = random.Random(12345), []
        for _ in range(20_000 if len(PROBLEMS[problem]["names"]) == 2 else 3000):
            result = result_of(PROBLEMS[problem], PROBLEMS[problem]["f"](draw(PROBLEMS[problem]["space"], source)))
            if result and not any(all(a <= b for a, b in zip(p, result)) for p in found):
                found = [p for p in found if not all(a <= b for a, b in zip(result, p))] + [result]
        best[problem] = max([volume(found, PROBLEMS[problem]["reference"]), *[row[3][-1] for row in rows if row[0] == problem]])
    names = [name for name in ENTRANTS if any(row[1] == name for row in rows)]
    source = random.Random(1)
    for at in (20, 30):
        print(f"\n| {at} trials, share of the largest known volume | n | " + " | ".join(names) + " |\n|---|---|" + "---|" * len(names))
        for problem in PROBLEMS:
            share = {n: {row[2]: row[3][at - 1] / best[problem] for row in rows if row[0] == problem and row[1] == n} for n in names}
            seeds = set.intersection(*[set(s) for s in share.values()])
            if not seeds:
                continue
            cells = [cell(share, n, sorted(seeds), source) for n in names]
            print(f"| {problem} | {len(seeds)} | " + " | ".join(cells) + " |")


def cell(share, name, seeds, source):
    """Mean, and for all but ours the difference of ours with its 95 % bootstrap interval over paired seeds."""
    mean = sum(share[name][s] for s in seeds) / len(seeds)
    if name == "ranksweep":
        return f"**{mean:.3f}**"
    differences = [share["ranksweep"][s] - share[name][s] for s in seeds]
    means = sorted(sum(source.choices(differences, k=len(seeds))) / len(seeds) for _ in range(4000))
    return f"{mean:.3f} ({sum(differences) / len(seeds):+.3f} [{means[100]:+.3f}, {means[3899]:+.3f}])"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--problems", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--entrants", nargs="*", default=list(ENTRANTS))
    parser.add_argument("--out", default="objectives.jsonl")
    parser.add_argument("--report")
    arguments = parser.parse_args()
    report(arguments.report) if arguments.report else run(arguments)


if __name__ == "__main__":
    sys.exit(main())
