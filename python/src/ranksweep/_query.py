"""Runs and curves as data frames."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from ._arrow import arrange, can_read_arrow, read_arrow
from ._errors import RanksweepError, invalid
from ._http import Client
from ._points import Curve, unpack_points, whole

FRAMES = ("pandas", "polars", "rows")
PAGE = 1000
OPERATORS = {"==": "eq", "=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
Condition = Tuple[str, str, Any]
RUN_FIELDS = "id name state startedAt endedAt config summary sweepId project { name }"
MOST_IDS = 10_000


def query(document: str, client: Optional[Client] = None, **variables: Any) -> Dict[str, Any]:
    """One GraphQL operation (the server's schema.gql). @returns its data. Raises RanksweepError."""
    return (client or Client()).query(document, variables)


def runs(
    filter: Union[Mapping[str, Any], Iterable[Condition], None] = None,
    *,
    project: Optional[str] = None,
    fields: Optional[Sequence[str]] = None,
    order_by: Union[str, Sequence[str], None] = None,
    limit: Optional[int] = None,
    frame: Optional[str] = None,
    client: Optional[Client] = None,
) -> Any:
    """Runs as a table: one row each; columns id, name, state, project, sweep, startedAt, endedAt, config.PATH, metric.NAME (its last value).

    filter    conditions such as [("config.lr", "<", 0.01), ("metric.loss:min", "<=", 2), ("state", "==", "finished")],
              or a RunFilter of schema.gql as a dict. Operators: == != < <= > >= in contains exists
    fields    the columns instead: paths, as conditions have them: "config.lr", "metric.loss:min", "tag.stage", "group"
    order_by  paths; a minus before one turns it round: "metric.loss:min", "-startedAt" (the default)
    frame     "pandas", "polars" or "rows" (a list of dicts); default: the first that is installed
    """
    client = client or Client()
    wanted = run_filter(filter, project)
    name = frame_name(frame)
    if name == "rows" or not can_read_arrow(name):
        if fields is not None:
            raise invalid("fields", list(fields), "expected a frame of pandas (with pyarrow) or polars to put them into")
        return to_frame(_rows(client, wanted, order_by, limit), name)
    ids: Optional[List[str]] = None
    if limit is not None or order_by is not None:
        ids = [item["id"] for item in _items(client, wanted, order_by, limit, "id")]
        wanted = {"where": [{"path": "id", "op": "in", "value": ids}]}
        if len(ids) > MOST_IDS:
            wanted, limit = run_filter(filter, project), None
    asked = {"filter": wanted, **({"fields": ["id", *(path for path in fields if path != "id")]} if fields else {})}
    return arrange(read_arrow(client, "/api/runs.arrow", asked, name), ids, name)


def series(
    runs: Any,
    metrics: Union[str, Sequence[str], None] = None,
    *,
    max_points: Optional[int] = None,
    frame: Optional[str] = None,
    client: Optional[Client] = None,
) -> Any:
    """Curves of one run, of several, or of a table of runs: columns run, metric, step, value, time (ms since 1970), in that order.

    Every point, to the bit. With max_points a longer series comes in that many buckets, the last value of each.
    """
    client = client or Client()
    names = [metrics] if isinstance(metrics, str) else None if metrics is None else list(metrics)
    curves: List[Tuple[str, Curve]] = []
    for run_id in run_ids(runs):
        some = _buckets(client, run_id, names, max_points) if max_points else _points(client, run_id, names)
        curves.extend((run_id, curve) for curve in some)
    return curves_to_frame(curves, frame_name(frame))


def _points(client: Client, run_id: str, names: Optional[List[str]]) -> List[Curve]:
    chosen = "" if names is None else "?" + urllib.parse.urlencode([("metric", name) for name in names])
    path = f"/api/runs/{urllib.parse.quote(run_id, safe='')}/points{chosen}"
    return unpack_points(client.send("GET", path, b"", ""))


def _buckets(client: Client, run_id: str, names: Optional[List[str]], max_points: int) -> Iterator[Curve]:
    document = """query ($id: ID!, $names: [String!], $most: Int!) {
      run(id: $id) { series(names: $names, maxPoints: $most) { name steps values times } }
    }"""
    run = client.query(document, {"id": run_id, "names": names, "most": max_points})["run"]
    if run is None:
        raise RanksweepError("NOT_FOUND", f'there is no run "{run_id}"')
    for one in run["series"]:
        yield Curve(one["name"], one["steps"], [float(value) for value in one["values"]], one["times"])


def _rows(client: Client, wanted: Mapping[str, Any], order_by: Any, limit: Optional[int]) -> List[Dict[str, Any]]:
    return [_row(item) for item in _items(client, wanted, order_by, limit, RUN_FIELDS)]


def _items(
    client: Client, wanted: Mapping[str, Any], order_by: Any, limit: Optional[int], fields: str
) -> List[Dict[str, Any]]:
    document = f"""query ($filter: RunFilter, $orderBy: [OrderBy!], $first: Int!, $after: String) {{
      runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {{ next items {{ {fields} }} }}
    }}"""
    items: List[Dict[str, Any]] = []
    after: Optional[str] = None
    while limit is None or len(items) < limit:
        first = PAGE if limit is None else min(PAGE, limit - len(items))
        variables = {"filter": wanted, "orderBy": _order(order_by), "first": first, "after": after}
        page = client.query(document, variables)["runs"]
        items.extend(page["items"])
        after = page["next"]
        if after is None:
            break
    return items


def run_filter(filter: Union[Mapping[str, Any], Iterable[Condition], None], project: Optional[str]) -> Dict[str, Any]:
    """A RunFilter of the GraphQL schema."""
    wanted: Dict[str, Any] = {"project": project} if project is not None else {}
    if filter is None:
        return wanted
    if isinstance(filter, Mapping):
        return {**filter, **wanted}
    if isinstance(filter, str):
        raise invalid("filter", filter, 'expected a list such as [("config.lr", "<", 0.01)]')
    return {**wanted, "where": [_condition(i, one) for i, one in enumerate(filter)]}


def _condition(i: int, condition: Any) -> Dict[str, Any]:
    if not isinstance(condition, (tuple, list)) or len(condition) != 3:
        raise invalid(f"filter[{i}]", condition, 'expected a path, an operator and a value: ("config.lr", "<", 0.01)')
    path, operator, value = condition
    if operator == "in":
        value = list(value)
    return {"path": path, "op": OPERATORS.get(operator, operator), "value": value}


def _order(order_by: Union[str, Sequence[str], None]) -> Optional[List[Dict[str, str]]]:
    if order_by is None:
        return None
    paths = [order_by] if isinstance(order_by, str) else order_by
    return [
        {"path": path[1:], "direction": "desc"} if path.startswith("-") else {"path": path, "direction": "asc"}
        for path in paths
    ]


def _row(item: Dict[str, Any]) -> Dict[str, Any]:
    row = {key: item[key] for key in ("id", "name", "state")}
    row.update({"project": item["project"]["name"], "sweep": item["sweepId"]})
    row.update({key: item[key] for key in ("startedAt", "endedAt")})
    _flatten(item["config"], "config", row)
    metrics = item["summary"]["metrics"]
    row.update({f"metric.{name}": None if value is None else float(value) for name, value in metrics.items()})
    return row


def _flatten(value: Any, prefix: str, row: Dict[str, Any]) -> None:
    if not isinstance(value, dict):
        row[prefix] = json.dumps(value) if isinstance(value, list) else value
        return
    for key, below in value.items():
        _flatten(below, f"{prefix}.{key}", row)


def run_ids(runs: Any) -> List[str]:
    """Of an ID, several, a Run, or a table with a column id."""
    if isinstance(runs, str):
        return [runs]
    if isinstance(getattr(runs, "id", None), str):
        return [runs.id]
    columns = getattr(runs, "columns", None)
    if columns is not None and "id" in list(columns):
        runs = runs["id"]
    ids = [one["id"] if isinstance(one, Mapping) else getattr(one, "id", one) for one in runs]
    for i, one in enumerate(ids):
        if not isinstance(one, str):
            raise invalid(f"runs[{i}]", one, "expected the ID of a run")
    return ids


def frame_name(frame: Optional[str]) -> str:
    if frame is None:
        return next((name for name in ("pandas", "polars") if _is_installed(name)), "rows")
    if frame in FRAMES:
        return frame
    raise invalid("frame", frame, f"allowed are {', '.join(FRAMES)}")


def to_frame(rows: List[Dict[str, Any]], frame: Optional[str]) -> Any:
    if frame_name(frame) == "rows":
        return rows
    names = list(dict.fromkeys(key for row in rows for key in row))
    return columns_to_frame({name: [row.get(name) for row in rows] for name in names}, frame)


def columns_to_frame(columns: Mapping[str, Any], frame: Optional[str]) -> Any:
    name = frame_name(frame)
    if name == "rows":
        return [dict(zip(columns, values)) for values in zip(*columns.values())]
    if name == "pandas":
        import pandas

        return pandas.DataFrame(dict(columns))
    import polars

    return polars.DataFrame(dict(columns), strict=False)


def curves_to_frame(curves: List[Tuple[str, Curve]], frame: str) -> Any:
    """One below the other."""
    if frame != "rows" and _is_installed("numpy"):
        return columns_to_frame(_numpy_columns(curves), frame)
    columns: Dict[str, List[Any]] = {key: [] for key in ("run", "metric", "step", "value", "time")}
    for run_id, curve in curves:
        columns["run"].extend([run_id] * len(curve.steps))
        columns["metric"].extend([curve.metric] * len(curve.steps))
        columns["step"].extend(whole(curve.steps))
        columns["value"].extend(curve.values)
        columns["time"].extend(curve.times)
    return columns_to_frame(columns, frame)


def _numpy_columns(curves: List[Tuple[str, Curve]]) -> Dict[str, Any]:
    import numpy

    counts = [len(curve.steps) for _, curve in curves]
    words = {
        "run": numpy.array([run_id for run_id, _ in curves], dtype=object),
        "metric": numpy.array([curve.metric for _, curve in curves], dtype=object),
    }
    numbers = {
        name: numpy.concatenate([numpy.empty(0), *(numpy.asarray(getattr(curve, part), dtype=float) for _, curve in curves)])
        for name, part in (("step", "steps"), ("value", "values"), ("time", "times"))
    }
    whole_steps = numbers["step"].astype("int64")
    if (whole_steps == numbers["step"]).all():
        numbers["step"] = whole_steps
    return {**{name: numpy.repeat(column, counts) for name, column in words.items()}, **numbers}


def _is_installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None
