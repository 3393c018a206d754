"""Runs and curves as data frames."""

from __future__ import annotations

import math

import pytest

import ranksweep


@pytest.fixture(scope="module")
def ids(server, tmp_path_factory):
    made = []
    for lr in (1e-3, 1e-2, 1e-1):
        options = {"url": server.url, "spool": str(tmp_path_factory.mktemp("spool"))}
        run = ranksweep.init("frames", {"lr": lr, "model": {"rank": 8}}, tags={"set": "a"}, **options)
        for step in range(1500):
            run.log({"loss": lr * (1500 - step), "bad": math.nan})
        run.finish()
        made.append(run.id)
    return made


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_a_table_of_runs(ids, frame):
    table = ranksweep.runs([("config.lr", "<", 0.05)], project="frames", order_by="-config.lr", frame=frame)
    assert list(table["id"]) == [ids[1], ids[0]]
    assert list(table["config.lr"]) == [0.01, 0.001]
    assert list(table["metric.loss"]) == [0.01, 0.001]
    assert all(math.isnan(value) for value in table["metric.bad"])
    assert list(table["config.model.rank"]) == [8, 8]


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_chosen_fields(ids, frame):
    fields = ["tag.set", "metric.loss:max", "config.lr"]
    table = ranksweep.runs(project="frames", fields=fields, order_by="config.lr", limit=2, frame=frame)
    assert list(table.columns) == ["id", *fields]
    assert [list(table[name]) for name in table.columns] == [ids[:2], ["a", "a"], [1.5, 15.0], [1e-3, 1e-2]]
    with pytest.raises(ranksweep.RanksweepError):
        ranksweep.runs(fields=["config..lr"], frame=frame)


def test_every_frame_has_the_same_columns(ids):
    tables = [ranksweep.runs(project="frames", frame=frame) for frame in ("pandas", "polars", "rows")]
    assert set(tables[0].columns) == set(tables[1].columns) == set(tables[2][0])
    assert list(tables[0]["id"]) == list(tables[1]["id"]) == [row["id"] for row in tables[2]] == ids[::-1]


def test_few_points_of_a_long_curve(ids):
    curve = ranksweep.series(ids[0], "loss", max_points=100, frame="rows")
    assert 50 <= len(curve) <= 100 and curve[-1]["step"] == 1499


def test_filters_of_graphql_and_a_limit(ids):
    either = {"or": [{"where": [{"path": "config.lr", "op": "eq", "value": lr}]} for lr in (0.1, 0.001)]}
    rows = ranksweep.runs(either, project="frames", order_by="config.lr", frame="rows")
    assert [row["id"] for row in rows] == [ids[0], ids[2]]
    assert len(ranksweep.runs(project="frames", limit=2, frame="rows")) == 2
    assert ranksweep.runs([("config.lr", ">", 99)], project="frames", frame="rows") == []
    assert len(ranksweep.runs([("metric.loss", "<", 0.05)], project="frames", frame="rows")) == 2


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_curves_of_a_table(ids, frame):
    table = ranksweep.runs(project="frames", order_by="config.lr", frame=frame)
    curves = ranksweep.series(table, "loss", frame=frame)
    assert list(dict.fromkeys(curves["run"])) == ids
    assert list(curves["step"]) == [*range(1500)] * 3
    assert list(curves["value"]) == [lr * (1500 - step) for lr in (1e-3, 1e-2, 1e-1) for step in range(1500)]


def test_an_unknown_run_is_named(ids):
    with pytest.raises(ranksweep.RanksweepError) as caught:
        ranksweep.series([ids[0], "run_nowhere"], "loss", frame="rows")
    assert caught.value.code == "NOT_FOUND" and "run_nowhere" in str(caught.value)


def test_a_query_in_graphql(ids):
    data = ranksweep.query("query ($id: ID!) { run(id: $id) { name project { name } } }", id=ids[0])
    assert data == {"run": {"name": ids[0], "project": {"name": "frames"}}}
