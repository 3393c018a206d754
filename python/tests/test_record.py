"""What is logged arrives: exactly, once, whatever dies meanwhile."""

from __future__ import annotations

import argparse
import json
import math
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ranksweep


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


def points(run_id: str, metric: str = "loss") -> list:
    return [(row["step"], row["value"]) for row in ranksweep.series(run_id, metric, frame="rows")]


def test_values_come_back_as_they_were_to_the_bit(server):
    values = [math.nan, math.inf, -math.inf, -0.0, 0.1, 5e-324, 1.7976931348623157e308, 1 / 3, 123456789012345.6]
    with ranksweep.init(project="exact") as run:
        for step, value in enumerate(values):
            run.log({"loss": value}, step=step)
    assert [bits(value) for _, value in points(run.id)] == [bits(value) for value in values]
    assert not list(Path("ranksweep-spool").iterdir())


def test_a_run_says_who_it_is(server):
    config = argparse.Namespace(lr=1e-3, layers=[1, 2], path=Path("a/b"), limit=math.inf)
    tags = {"stage": "draft"}
    parent = ranksweep.init(project="about")
    parent.finish()
    run = ranksweep.init("about", config, name="n", tags=tags, group="g", parent=parent.id, seed=7)
    run.add_config({"found": {"tokens": 5}})
    run.tag(stage="final", who="ü")
    run.finish()
    kept = server.run(run.id)
    assert kept["config"] == {"lr": 1e-3, "layers": [1, 2], "path": "a/b", "limit": "Infinity", "found": {"tokens": 5}}
    assert kept["tags"] == {"stage": "final", "who": "ü"}
    assert (kept["name"], kept["group"], kept["parentId"], kept["seed"]) == ("n", "g", parent.id, 7)
    assert (kept["state"], kept["origin"]) == ("finished", "python")
    assert kept["provenance"]["versions"]["python"]


def test_an_evaluation_keeps_every_item(server):
    with ranksweep.init(project="scored") as run:
        run.log_evaluation(
            "questions",
            "out_of_domain",
            keys=["q1", "q2", "q3"],
            scores={"exact_match": [True, False, 1], "loss": [1.0, 2.0, math.nan]},
            base={"exact_match": [0, 0, 1]},
            weights={"loss": [3, 1, 0]},
            groups=["a", None, "b"],
            distance="other authors",
        )
        with pytest.raises(ranksweep.RanksweepError, match="expected one for each of 2 keys"):
            run.log_evaluation("other", "in_domain", ["a", "b"], {"f1": [1]})
        with pytest.raises(ranksweep.RanksweepError, match="allowed are in_domain"):
            run.log_evaluation("other", "test", ["a"], {"f1": [1]})
    query = """query ($id: ID!) { evaluationItems(runId: $id, name: "questions", score: "%s") {
      goal keys groups values weights baseValues } }"""
    found = server.client().query(query % "exact_match", {"id": run.id})["evaluationItems"]
    assert found == {
        "goal": "maximize",
        "keys": ["q1", "q2", "q3"],
        "groups": ["a", None, "b"],
        "values": [1, 0, 1],
        "weights": None,
        "baseValues": [0, 0, 1],
    }
    loss = server.client().query(query % "loss", {"id": run.id})["evaluationItems"]
    assert (loss["goal"], loss["values"], loss["weights"]) == ("minimize", [1, 2, "NaN"], [3, 1, 0])


def test_the_death_of_the_server_loses_nothing(server):
    run = ranksweep.init(project="crash")
    for step in range(2000):
        run.log({"loss": step})
        if step == 700:
            server.kill()
        if step == 1400:
            server.start()
    assert run.finish()
    assert points(run.id) == [(step, step) for step in range(2000)]


ENDLESS = """
import ranksweep
run = ranksweep.init(project="kill", mode={mode!r})
print(run.id, flush=True)
for step in range(10**9):
    run.log({{"loss": step}})
    print(step, flush=True)
"""


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_the_death_of_the_program_loses_nothing_that_log_took(server, python, mode):
    program = python(ENDLESS.format(mode=mode))
    run_id = program.stdout.readline().strip()
    for _ in range(3000):
        program.stdout.readline()
    program.kill()
    last = max(int(line) for line in ["2999", *program.stdout.read().split("\n")[:-1]])
    assert ranksweep.sync().sent == [run_id]
    arrived = points(run_id)
    assert arrived == [(step, step) for step in range(len(arrived))]
    assert len(arrived) in (last + 1, last + 2)
    assert server.run(run_id)["state"] == "lost"
    assert ranksweep.sync().sent == []


def test_what_is_sent_again_is_stored_once(server):
    run = ranksweep.init(project="twice", mode="offline", tags=["word"])
    for step in range(300):
        run.log({"loss": step, "acc": -step})
    run.finish()
    spool = Path("ranksweep-spool") / f"{run.id}.jsonl"
    copy = spool.read_bytes()
    for cut in (len(copy) // 3, len(copy)):  # an earlier attempt was cut off, and its mark is lost
        spool.write_bytes(copy[:cut])
        ranksweep.sync()
    assert points(run.id) == [(step, step) for step in range(300)]
    assert server.run(run.id)["state"] == "finished"


def test_what_an_earlier_program_left_is_sent_by_the_next(server):
    left = ranksweep.init(project="left", mode="offline")
    left.log({"loss": 1})
    left.finish()
    with ranksweep.init(project="left") as run:
        for _ in range(100):
            time.sleep(0.05)
            if not (Path("ranksweep-spool") / f"{left.id}.jsonl").exists():
                break
    assert points(left.id) == [(0, 1)]
    assert server.run(run.id)["state"] == "finished"


def test_sync_from_the_command_line(server, python):
    run = ranksweep.init(project="offline", mode="offline")
    run.log({"loss": 0.5})
    run.finish()
    sync = [sys.executable, "-m", "ranksweep", "sync"]
    away = subprocess.run([*sync, "--url", "http://127.0.0.1:9"], capture_output=True, text=True)
    assert away.returncode == 3 and "no answer" in away.stderr
    done = subprocess.run(sync, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"{run.id} sent\n")
    assert points(run.id) == [(0, 0.5)]


def test_a_refused_file_stays_and_says_why(server):
    for lr in (1, 2):
        run = ranksweep.init("refused", {"lr": lr}, id="one-id-twice", mode="offline", spool=f"s{lr}")
        run.finish()
    assert ranksweep.sync("s1").sent == ["one-id-twice"]
    refused = ranksweep.sync("s2").refused
    assert "config.lr: found 2, the run has 1" in refused[0][1]
    assert Path("s2/one-id-twice.jsonl").exists()


def test_a_run_resumes(server):
    ranksweep.init("resume", {"lr": 1}, id="resumed-run").log({"loss": 1}, step=1)
    ranksweep.finish("failed", "power")
    assert server.run("resumed-run")["state"] == "failed"
    run = ranksweep.init("resume", {"lr": 1}, id="resumed-run", resume=True)
    assert server.run("resumed-run")["state"] == "running"
    run.log({"loss": 0.5}, step=2)
    run.finish()
    assert points("resumed-run") == [(1, 1), (2, 0.5)]


def test_spool_lines_are_json(server):
    run = ranksweep.init(project="format", mode="offline")
    run.log({"loss": math.nan}, step=3)
    run.finish()
    records = [json.loads(line) for line in (Path("ranksweep-spool") / f"{run.id}.jsonl").read_text().splitlines()]
    assert [record["kind"] for record in records] == ["run", "points", "end"]
    assert records[1]["values"] == {"loss": "NaN"}
    ranksweep.sync()
