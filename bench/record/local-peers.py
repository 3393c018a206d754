"""Points per second of Trackio and Aim, each as it logs by itself: local-peers.py trackio|aim. Prints one line of JSON."""
import json
import math
import sys
import time

STEPS = 5000


def trackio_points():
    import trackio

    run = trackio.init(project='bench')
    start = time.perf_counter()
    for step in range(STEPS):
        trackio.log({'loss': math.sin(step), 'rate': 1 / (step + 1)}, step=step)
    trackio.finish()
    return 2 * STEPS / (time.perf_counter() - start)


def aim_points():
    from aim import Run

    run = Run(repo='.', system_tracking_interval=None, log_system_params=False)
    start = time.perf_counter()
    for step in range(STEPS):
        run.track(math.sin(step), name='loss', step=step)
        run.track(1 / (step + 1), name='rate', step=step)
    run.close()
    return 2 * STEPS / (time.perf_counter() - start)


points = {'trackio': trackio_points, 'aim': aim_points}[sys.argv[1]]()
print(json.dumps({'pointsPerSecond': round(points)}))
