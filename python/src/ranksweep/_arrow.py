"""The bulk door: tables as a stream of Arrow, for pandas (by pyarrow) and polars."""

from __future__ import annotations

import io
import json
from importlib.util import find_spec
from typing import Any, Dict, List, Optional

from ._http import Client


def can_read_arrow(frame: str) -> bool:
    return frame == "polars" or find_spec("pyarrow") is not None


def read_arrow(client: Client, path: str, question: Dict[str, Any], frame: str) -> Any:
    """@returns a data frame; last values of metrics are called metric.NAME"""
    answer = client.send("POST", path, json.dumps(question, allow_nan=False).encode(), "application/json")
    if frame == "polars":
        import polars

        table = polars.read_ipc_stream(io.BytesIO(answer))
        return table.rename({name: short(name) for name in table.columns if short(name) != name})
    import pyarrow.ipc

    with pyarrow.ipc.open_stream(io.BytesIO(answer)) as reader:
        return reader.read_pandas().rename(columns=short)


def short(name: str) -> str:
    return name[: -len(":last")] if name.startswith("metric.") and name.endswith(":last") else name


def arrange(table: Any, ids: Optional[List[str]], frame: str) -> Any:
    """Rows in the order of these IDs; without them the newest run first, where the table says when they began."""
    if frame == "polars":
        import polars

        if ids is not None:
            place = {run_id: i for i, run_id in enumerate(ids)}
            kept = table.filter(polars.col("id").cast(polars.String).is_in(ids))
            order = [place[str(run_id)] for run_id in kept["id"]]
            return kept[sorted(range(len(order)), key=order.__getitem__)]
        return table.sort("startedAt", descending=True, maintain_order=True) if "startedAt" in table.columns else table
    if ids is not None:
        at = {str(run_id): i for i, run_id in enumerate(table["id"])}
        return table.iloc[[at[run_id] for run_id in ids if run_id in at]].reset_index(drop=True)
    if "startedAt" in table.columns:
        return table.sort_values("startedAt", ascending=False, kind="stable").reset_index(drop=True)
    return table
