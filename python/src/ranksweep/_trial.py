"""Inside a trial a worker owns the run: it reads the metrics from a file, and it says when to stop, by SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Dict, Mapping, Optional, Sequence, Type

from ._delivery import EVALUATE
from ._display import Progress
from ._errors import RanksweepError, Stopped
from ._evaluation import evaluation_record
from ._http import Client
from ._values import MetricJson, checked_metrics, checked_step, config_json, text_map


def is_in_trial() -> bool:
    return bool(os.environ.get("RANKSWEEP_METRICS") and os.environ.get("RANKSWEEP_RUN_ID"))


class TrialRun:
    """As Run, for a program that a worker started: the config is the trial's, `log` goes to the worker, the worker ends the run."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        self.id: str = os.environ["RANKSWEEP_RUN_ID"]
        self.name = self.id
        self.project: Optional[str] = None
        given: Dict[str, Any] = json.loads(os.environ.get("RANKSWEEP_CONFIG") or "{}")
        self.config: Dict[str, Any] = {**config_json(defaults), **given}
        self.state = "running"
        self.summary: Dict[str, MetricJson] = {}
        self.stop_reason: Optional[str] = None
        self.url: Optional[str] = None
        self._next_step: float = 0
        self._lock = threading.Lock()
        self._file = open(os.environ["RANKSWEEP_METRICS"], "ab", buffering=0)
        self._progress = Progress(self)
        self._listen()

    def log(self, metrics: Mapping[str, Any], step: Optional[float] = None) -> None:
        """Records numbers of one step. Raises Stopped once the trial is asked to end."""
        values = checked_metrics(metrics)
        if self.state != "running":
            raise RanksweepError("CONFLICT", f"{self.id} is {self.state}: a run that has ended takes no more")
        with self._lock:
            at = self._next_step if step is None else checked_step(step)
            self._next_step = at + 1
            now = round(time.time() * 1000, 3)
            points = [{"metric": name, "step": at, "value": value, "time": now} for name, value in values.items()]
            self._file.write("".join(json.dumps(point) + "\n" for point in points).encode())
            self.summary.update(values)
        if self.stop_reason is not None:
            raise Stopped(self.stop_reason)

    def log_evaluation(self, name: str, role: str, keys: Sequence[str], scores: Mapping[str, Any], **more: Any) -> None:
        """As Run's: straight to the server."""
        record = evaluation_record(name, role, keys, scores, **more)
        Client().query(EVALUATE, {"input": {"runId": self.id, **record}})

    def add_config(self, config: Mapping[str, Any]) -> None:
        raise RanksweepError("CONFLICT", "config: a trial's is complete from the start")

    def tag(self, **tags: Any) -> None:
        """Sets or changes tags."""
        pairs = [{"key": key, "value": value} for key, value in text_map(tags).items()]
        document = "mutation ($input: AnnotateRunInput!) { annotateRun(input: $input) { id } }"
        Client().query(document, {"input": {"runId": self.id, "tags": pairs}})

    def finish(self, state: str = "finished", error: Optional[str] = None) -> bool:
        """The worker ends the run when this program ends, by its exit code."""
        if self.state == "running":
            self.state = state
            self._file.close()
        return True

    def __enter__(self) -> TrialRun:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.finish("finished" if error is None else "stopped" if isinstance(error, Stopped) else "failed")

    def __repr__(self) -> str:
        return f"<ranksweep.Run {self.id} of a trial, {self.state} {self.summary}>"

    def _repr_html_(self) -> str:
        return self._progress.html()

    def _listen(self) -> None:
        """A program that handles SIGTERM itself goes on doing so; so does one that calls init elsewhere than in its main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._asked_to_stop)

    def _asked_to_stop(self, _signal: int, _frame: Optional[FrameType]) -> None:
        self.stop_reason = "the trial was asked to stop"
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the second one ends the program
