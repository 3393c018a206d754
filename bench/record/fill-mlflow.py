"""Fills MLflow's SQLite file with runs: fill-mlflow.py FILE RUNS PARAMS METRICS. Through its API this would take an hour."""
import math
import sqlite3
import sys

file, runs, params, metrics = sys.argv[1], *map(int, sys.argv[2:5])


def noise(run, field):
    x = math.sin(run * 12.9898 + field * 78.233) * 43758.5453
    return x - math.floor(x)


def insert(table, rows):
    names = ', '.join(f'"{name}"' for name in rows[0])
    places = ', '.join('?' for _ in rows[0])
    db.executemany(f'INSERT INTO {table} ({names}) VALUES ({places})', [tuple(row.values()) for row in rows])


db = sqlite3.connect(file)
time = 1764000000000
for at in range(0, runs, 1000):
    block = range(at, min(runs, at + 1000))
    ids = {k: f'{k:032x}' for k in block}
    insert('runs', [dict(run_uuid=ids[k], name=f'run {k}', source_type='LOCAL', source_name='', entry_point_name='', user_id='bench',
                         status='FINISHED', start_time=time + k, end_time=time + k, source_version='', lifecycle_stage='active',
                         artifact_uri='', experiment_id=0) for k in block])
    insert('params', [dict(key=f'field_{f}', value=str(noise(k, f)), run_uuid=ids[k]) for k in block for f in range(params)])
    points = [dict(key=f'metric_{m}', value=noise(k, 100 + m), timestamp=time + k, step=100, is_nan=0, run_uuid=ids[k])
              for k in block for m in range(metrics)]
    insert('metrics', points)
    insert('latest_metrics', points)
db.commit()
db.execute('ANALYZE')
db.commit()
