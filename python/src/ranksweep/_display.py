"""What a notebook shows of a run: its state, its last numbers and a small curve of the first metric. Elsewhere nothing is printed."""

from __future__ import annotations

import html
import math
import sys
import time
from typing import Any, Dict, List, Optional

SECONDS_BETWEEN = 1.0
MOST_POINTS = 200
ROWS = 12


class Progress:
    def __init__(self, run: Any) -> None:
        self._run = run
        self._curves: Dict[str, List[float]] = {}
        self._step: Optional[float] = None
        self._shown = 0.0
        self._handle: Any = None
        if _in_notebook():
            from IPython.display import display

            self._handle = display(run, display_id=True)  # type: ignore[no-untyped-call,unused-ignore]

    def update(self, step: float) -> None:
        if self._handle is None:
            return
        self._step = step
        for name, value in self._run.summary.items():
            curve = self._curves.setdefault(name, [])
            curve.append(float(value))
            if len(curve) > MOST_POINTS:  # every second one: a sketch, not the record
                del curve[1::2]
        if time.monotonic() - self._shown >= SECONDS_BETWEEN:
            self._show()

    def close(self) -> None:
        if self._handle is not None:
            self._show()

    def html(self) -> str:
        run = self._run
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td style='text-align:right'>{_number(value)}</td><td>{_spark(self._curves.get(name, []))}</td></tr>"
            for name, value in sorted(run.summary.items())[:ROWS]
        )
        more = f"<div>and {len(run.summary) - ROWS} more</div>" if len(run.summary) > ROWS else ""
        step = "" if self._step is None else f", step {_number(self._step)}"
        title = html.escape(run.name)
        if run.url:
            title = f"<a href='{html.escape(run.url, quote=True)}' target='_blank'>{title}</a>"
        return f"<div><b>{title}</b> {html.escape(run.state)}{step}<table>{rows}</table>{more}</div>"

    def _show(self) -> None:
        self._shown = time.monotonic()
        self._handle.update(self._run)


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, (int, float)) else html.escape(str(value))


def _spark(values: List[float]) -> str:
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    low, high = min(finite), max(finite)
    across, up = 120 / (len(values) - 1), 20 / ((high - low) or 1)
    points = " ".join(
        f"{i * across:.1f},{22 - (value - low) * up:.1f}" for i, value in enumerate(values) if math.isfinite(value)
    )
    return f"<svg width='120' height='24'><polyline points='{points}' fill='none' stroke='currentColor'/></svg>"


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
