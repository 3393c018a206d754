"""Runs and curves as data frames."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from ._errors import RanksweepError, invalid
from ._http import Client

FRAMES = ("pandas", "polars", "rows")
PAGE = 1000
RUNS_PER_REQUEST = 20
OPERATORS = {"==": "eq", "=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
Condition = Tuple[str, str, Any]
RUN_FIELDS = "id name state group origin startedAt endedAt config summary tags project { name }"


def query(document: str, client: Optional[Client] = None, **variables: Any) -> Dict[str, Any]:
    """One GraphQL operation (the server's schema.gql). @returns its data. Raises RanksweepError."""
    return (client or Client()).query(document, variables)


def runs(
    filter: Union[Mapping[str, Any], Iterable[Condition], None] = None,
    *,
    project: Optional[str] = None,
    order_by: Union[str, Sequence[str], None] = None,
    limit: Optional[int] = None,
    frame: Optional[str] = None,
    client: Optional[Client] = None,
) -> Any:
    """Runs as a table: one row each; columns id, name, state, project, ..., config.PATH, metric.NAME (the last value), tag.KEY.

    filter    conditions such as [("config.lr", "<", 0.01), ("metric.loss:min", "<=", 2), ("state", "==", "finished")],
              or a RunFilter of schema.gql as a dict. Operators: == != < <= > >= in contains exists
    order_by  paths; a minus before one turns it round: "metric.loss:min", "-startedAt" (the default)
    frame     "pandas", "polars" or "rows" (a list of dicts); default: the first that is installed
    """
    client = client or Client()
    wanted = run_filter(filter, project)
    rows: List[Dict[str, Any]] = []
    after: Optional[str] = None
    while limit is None or len(rows) < limit:
        first = PAGE if limit is None else min(PAGE, limit - len(rows))
        variables = {"filter": wanted, "orderBy": _order(order_by), "first": first, "after": after}
        page = client.query(
            f"""query ($filter: RunFilter, $orderBy: [OrderBy!], $first: Int!, $after: String) {{
              runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {{ next items {{ {RUN_FIELDS} }} }}
            }}""",
            variables,
        )["runs"]
        rows.extend(_row(item) for item in page["items"])
        after = page["next"]
        if after is None:
            break
    return to_frame(rows, frame)


def series(
    runs: Any,
    metrics: Union[str, Sequence[str], None] = None,
    *,
    max_points: int = 100_000,
    frame: Optional[str] = None,
    client: Optional[Client] = None,
) -> Any:
    """Curves of one run, of several, or of a table of runs: columns run, metric, step, value, time (ms since 1970), exact.

    A series of more than max_points comes in that many buckets, the last value of each; `exact` says which.
    """
    client = client or Client()
    names = [metrics] if isinstance(metrics, str) else None if metrics is None else list(metrics)
    columns: Dict[str, List[Any]] = {key: [] for key in ("run", "metric", "step", "value", "time", "exact")}
    ids = run_ids(runs)
    for at in range(0, len(ids), RUNS_PER_REQUEST):
        part = ids[at : at + RUNS_PER_REQUEST]
        for run_id, curves in _curves(client, part, names, max_points):
            for curve in curves:
                count = len(curve["steps"])
                columns["run"].extend([run_id] * count)
                columns["metric"].extend([curve["name"]] * count)
                columns["step"].extend(curve["steps"])
                columns["value"].extend(map(float, curve["values"]))
                columns["time"].extend(curve["times"])
                columns["exact"].extend([curve["exact"]] * count)
    return columns_to_frame(columns, frame)


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
    row = {key: item[key] for key in ("id", "name", "state", "group", "origin", "startedAt", "endedAt")}
    row["project"] = item["project"]["name"]
    _flatten(item["config"], "config", row)
    metrics = item["summary"]["metrics"]
    row.update({f"metric.{name}": None if value is None else float(value) for name, value in metrics.items()})
    row.update({f"tag.{key}": value for key, value in item["tags"].items()})
    return row


def _flatten(value: Any, prefix: str, row: Dict[str, Any]) -> None:
    if not isinstance(value, dict):
        row[prefix] = json.dumps(value) if isinstance(value, list) else value
        return
    for key, below in value.items():
        _flatten(below, f"{prefix}.{key}", row)


def _curves(client: Client, ids: Sequence[str], names: Optional[List[str]], max_points: int) -> Any:
    """All runs in one request, by aliases."""
    fields = "series(names: $names, maxPoints: $most) { name exact steps values times }"
    parts = " ".join(f"r{i}: run(id: $id{i}) {{ id {fields} }}" for i in range(len(ids)))
    declared = " ".join(f"$id{i}: ID!" for i in range(len(ids)))
    variables = {"names": names, "most": max_points, **{f"id{i}": run_id for i, run_id in enumerate(ids)}}
    data = client.query(f"query ($names: [String!], $most: Int!, {declared}) {{ {parts} }}", variables)
    for i, run_id in enumerate(ids):
        if data[f"r{i}"] is None:
            raise RanksweepError("NOT_FOUND", f'runs[{i}]: there is no run "{run_id}"')
        yield data[f"r{i}"]["id"], data[f"r{i}"]["series"]


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


def columns_to_frame(columns: Dict[str, List[Any]], frame: Optional[str]) -> Any:
    name = frame_name(frame)
    if name == "rows":
        return [dict(zip(columns, values)) for values in zip(*columns.values())]
    if name == "pandas":
        import pandas

        return pandas.DataFrame(columns)
    import polars

    return polars.DataFrame(columns, strict=False)


def _is_installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None
