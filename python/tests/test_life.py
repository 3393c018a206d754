"""How a run ends, what stops it, and what is refused."""

from __future__ import annotations

import json
import sys
import time

import pytest

import ranksweep


def test_an_exception_fails_the_run(server):
    with pytest.raises(ZeroDivisionError):
        with ranksweep.init(project="ends") as run:
            1 / 0
    kept = server.run(run.id)
    assert kept["state"] == "failed" and "ZeroDivisionError" in kept["error"]


@pytest.mark.parametrize(
    "ending, state",
    [("", "finished"), ("raise ValueError('bad batch')", "failed"), ("raise KeyboardInterrupt", "cancelled")],
)
def test_a_program_that_forgets_to_finish(server, python, ending, state):
    program = python(f"import ranksweep\nrun = ranksweep.init(project='ends')\nrun.log({{'loss': 1}})\nprint(run.id)\n{ending}")
    out, _ = program.communicate(timeout=60)
    kept = server.run(out.strip())
    assert kept["state"] == state
    assert state != "failed" or "bad batch" in kept["error"]


def test_a_silent_program_is_lost_and_a_living_one_is_not(server):
    run = ranksweep.init(project="lease")
    time.sleep(3.5)  # twice the lease of this server
    assert server.run(run.id)["state"] == "running"
    run.finish()


def test_a_person_stops_a_run(server, python):
    script = """
import ranksweep, time
with ranksweep.init(project="stop") as run:
    print(run.id, flush=True)
    while True:
        run.log({"loss": 1})
        time.sleep(0.01)
"""
    program = python(script)
    run_id = program.stdout.readline().strip()
    server.client().query("mutation ($id: ID!) { stopRun(id: $id) { id } }", {"id": run_id})
    assert program.wait(30) == 0
    assert server.run(run_id)["state"] == "cancelled"


TRIAL = """
import ranksweep
run = ranksweep.init(project="ignored", config={"lr": 5, "epochs": 3})
assert run.config["lr"] in (1, 2) and run.config["epochs"] == 3, run.config
run.tag(kind="trial")
for epoch in range(run.config["epochs"]):
    ranksweep.log({"loss": run.config["lr"] / (epoch + 1), "nan": float("nan")})
"""
SWEEP = """
program: trial.py
command: [{python}, trial.py]
method: grid
project: trials
metric: {{name: loss, goal: minimize}}
parameters: {{lr: {{values: [1, 2]}}}}
"""


def test_inside_a_trial(server, tmp_path):
    (tmp_path / "trial.py").write_text(TRIAL)
    (tmp_path / "sweep.yaml").write_text(SWEEP.format(python=sys.executable))
    done = server.command("sweep", "sweep.yaml", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    work = server.command("worker", "--sweep", json.loads(done.stdout)["id"], "--exit-when-idle", cwd=tmp_path)
    assert work.returncode == 0, work.stdout + work.stderr
    table = ranksweep.runs([("state", "==", "finished")], project="trials", order_by="config.lr", frame="rows")
    assert [row["metric.loss"] for row in table] == [1 / 3, 2 / 3]
    kinds = ranksweep.runs(project="trials", fields=["tag.kind"], frame="polars")["tag.kind"]
    assert list(kinds) == ["trial", "trial"]
    curve = ranksweep.series(table, "loss", frame="rows")
    assert [(row["step"], row["value"]) for row in curve[:3]] == [(0, 1), (1, 0.5), (2, 1 / 3)]


STOPPED_TRIAL = """
import ranksweep, time, signal, os
run = ranksweep.init()
os.kill(os.getpid(), signal.SIGTERM)
try:
    for step in range(1000):
        run.log({"loss": step})
finally:
    print("cleaned up")
"""


def test_a_trial_is_told_to_stop_and_may_clean_up(server, python, monkeypatch, tmp_path):
    monkeypatch.setenv("RANKSWEEP_RUN_ID", "run_x")
    monkeypatch.setenv("RANKSWEEP_METRICS", str(tmp_path / "metrics.jsonl"))
    program = python(STOPPED_TRIAL)
    out, errors = program.communicate(timeout=60)
    assert (program.returncode, out, errors) == (0, "cleaned up\n", "")
    assert (tmp_path / "metrics.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize(
    "call, field",
    [
        (lambda: ranksweep.init(config={"a": {"b": object()}}), "config.a.b"),
        (lambda: ranksweep.init(config=3), "config"),
        (lambda: ranksweep.init(tags={"a": []}), 'tags["a"]'),
        (lambda: ranksweep.init(mode="airplane"), "mode"),
        (lambda: ranksweep.init(project="/"), "project"),
        (lambda: ranksweep.init(id="../../x"), "id"),
        (lambda: ranksweep.init(url="ftp://x"), "url"),
        (lambda: ranksweep.init(mode="offline").log({"loss": "0.5"}), 'metrics["loss"]'),
        (lambda: ranksweep.init(mode="offline").log({"x" * 251: 1}), "metrics"),
        (lambda: ranksweep.init(mode="offline").log({"loss": 1}, step=float("nan")), "step"),
        (lambda: ranksweep.init(mode="offline").finish("done"), "state"),
        (lambda: ranksweep.init("p", {"a": 1}, mode="offline").add_config({"a": 2}), "config.a"),
        (lambda: ranksweep.runs([("config.lr", "<")]), "filter[0]"),
        (lambda: ranksweep.runs([("config.lr", "~", 1)]), "filter.where[0].op"),
        (lambda: ranksweep.runs(frame="excel"), "frame"),
        (lambda: ranksweep.series([3]), "runs[0]"),
    ],
)
def test_an_error_names_the_field(server, call, field):
    with pytest.raises(ranksweep.RanksweepError) as caught:
        call()
    assert caught.value.code == "INVALID_INPUT"
    assert field in ([problem.field for problem in caught.value.problems] or [""])


def test_without_a_run_and_after_its_end(server):
    run = ranksweep.init(mode="offline")
    ranksweep.finish()
    for call in (lambda: ranksweep.log({"a": 1}), lambda: run.log({"a": 1})):
        with pytest.raises(ranksweep.RanksweepError) as caught:
            call()
        assert caught.value.code == "CONFLICT"


def test_html_of_a_run_is_escaped(server):
    run = ranksweep.init(name="<script>", mode="offline")
    run.log({"<b>": float("inf")})
    assert "<script>" not in run._repr_html_() and "<b><" not in run._repr_html_().replace("<b>&lt;script", "")
    assert "&lt;b&gt;" in run._repr_html_()
    run.finish()
