"""A run that this program reports."""

from __future__ import annotations

import datetime
import os
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Type

from ._delivery import Delivery
from ._display import Progress
from ._errors import RanksweepError, Stopped, Unreachable, invalid
from ._evaluation import evaluation_record
from ._sender import Sender, warn
from ._spool import Record, SpoolReader, SpoolWriter
from ._sync import sync
from ._values import MetricJson, checked_metrics, checked_step, config_json, text_map

END_STATES = ("finished", "failed", "diverged", "stopped", "cancelled")
LONGEST_ERROR = 20_000


class Run:
    """What `ranksweep.init` gives. `log` may be called from several threads; use one run in one process."""

    def __init__(self, about: Record, delivery_of: Any, folder: Path, patience: float) -> None:
        """`delivery_of` makes the delivery of a spool file; None: offline."""
        self.id: str = about["id"]
        self.name: str = about["name"]
        self.project: str = about["project"]
        self.config: Dict[str, Any] = dict(about["config"])
        self.state = "running"
        self.summary: Dict[str, MetricJson] = {}
        self._patience = patience
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._next_step: float = 0
        self._writer = SpoolWriter(folder, self.id)
        self._writer.write({"kind": "run", **about})
        self._progress = Progress(self)
        self._delivery: Optional[Delivery] = None
        if delivery_of is not None:
            self._delivery = delivery_of(SpoolReader(self._writer.path))
            self._meet_server(self._delivery)
        leftovers = (lambda: None) if self._delivery is None else self._send_leftovers
        self._sender = Sender(self._delivery, self._writer, leftovers)

    @property
    def stop_reason(self) -> Optional[str]:
        """Why this run should end, once somebody has asked for it. Programs that want no exception look here."""
        return self._delivery.stop_reason if self._delivery else None

    @property
    def url(self) -> Optional[str]:
        """Its page."""
        return f"{self._delivery.client.url}/runs/{self.id}" if self._delivery else None

    def log(self, metrics: Mapping[str, Any], step: Optional[float] = None) -> None:
        """Records numbers of one step (default: the one after the last). NaN and infinities are kept as they are.

        When it returns, the numbers are the operating system's: they outlive this program. Raises RanksweepError for what is no number,
        and Stopped when the run was asked to end (at most every 10 seconds the server is asked).
        """
        values = checked_metrics(metrics)
        self._check_use()
        with self._lock:
            at = self._next_step if step is None else checked_step(step)
            self._next_step = at + 1
            now = round(time.time() * 1000, 3)
            self._writer.write({"kind": "points", "step": at, "time": now, "values": values})
            self.summary.update(values)
        self._progress.update(at)
        if self.stop_reason is not None:
            raise Stopped(self.stop_reason)

    def log_evaluation(
        self,
        name: str,
        role: str,
        keys: Sequence[str],
        scores: Mapping[str, Sequence[Any]],
        base: Optional[Mapping[str, Sequence[Any]]] = None,
        weights: Optional[Mapping[str, Sequence[Any]]] = None,
        goals: Optional[Mapping[str, str]] = None,
        groups: Optional[Sequence[Optional[str]]] = None,
        distance: Optional[str] = None,
        base_model: Optional[str] = None,
    ) -> None:
        """Records scores on a set of items, one number for each item, so that runs can be compared item by item.

        `role`: in_domain, out_of_domain (with `distance` in words) or base_capability. `keys`: what identifies each item in any run, none
        twice. `scores`: a list for each score, parallel to keys; larger is better but for loss and bits_per_byte, or as `goals` says
        (minimize, maximize). `weights`: how much items count in a score's mean (tokens, bytes). `base`: the same scores of the base model.
        """
        record = evaluation_record(name, role, keys, scores, base, weights, goals, groups, distance, base_model)
        self._check_use()
        with self._lock:
            self._writer.write({"kind": "evaluation", "evaluation": record})

    def add_config(self, config: Mapping[str, Any]) -> None:
        """Adds what is new. A value that the run has never changes: the server refuses it."""
        added = config_json(config)
        if not isinstance(added, dict):
            raise invalid("config", config, "expected a dict")
        for key, value in added.items():
            if key in self.config and self.config[key] != value and not isinstance(value, dict):
                raise invalid(f"config.{key}", value, f"the run has {self.config[key]!r}, which never changes")
        self._check_use()
        with self._lock:
            self._writer.write({"kind": "config", "config": added})
            self.config.update(added)

    def tag(self, **tags: Any) -> None:
        """Sets or changes tags."""
        texts = text_map(tags)
        self._check_use()
        with self._lock:
            self._writer.write({"kind": "tags", "tags": texts})

    def finish(self, state: str = "finished", error: Optional[str] = None) -> bool:
        """Ends the run and waits (`patience` of init) until everything has arrived. What has not stays in the spool file.

        @returns whether the server has everything. A second call does nothing.
        """
        if state not in END_STATES:
            raise invalid("state", state, f"allowed are {', '.join(END_STATES)}")
        if self.state != "running" or os.getpid() != self._pid:
            return self._sender.is_done
        with self._lock:
            self.state = state
            end = {"kind": "end", "state": state, "endedAt": instant(), "error": error and error[-LONGEST_ERROR:]}
            self._writer.write(end)
            self._writer.sync()
        arrived = self._sender.finish(self._patience) and self._delivery is not None
        self._writer.close()
        if arrived:
            SpoolReader(self._writer.path).remove()
        elif self._delivery is not None:
            warn(f"not everything of {self.id} has arrived; `python -m ranksweep sync {self._writer.path.parent}` sends it")
        self._progress.close()
        return arrived

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if error is None:
            self.finish()
        elif isinstance(error, Stopped):
            self.finish("stopped")
        elif isinstance(error, KeyboardInterrupt):
            self.finish("cancelled", "KeyboardInterrupt")
        elif isinstance(error, SystemExit) and not error.code:
            self.finish()
        else:
            self.finish("failed", "".join(traceback.format_exception(kind, error, trace)))

    def __repr__(self) -> str:
        return f"<ranksweep.Run {self.id} {self.name!r} {self.state} {self.summary}>"

    def _repr_html_(self) -> str:
        return self._progress.html()

    def _check_use(self) -> None:
        if self.state != "running":
            raise RanksweepError("CONFLICT", f"{self.id} is {self.state}: a run that has ended takes no more")
        if os.getpid() != self._pid:
            raise RanksweepError("CONFLICT", f"{self.id} belongs to process {self._pid}: a run is reported by one process")

    def _meet_server(self, delivery: Delivery) -> None:
        """What is wrong with the run is said now; a server that does not answer is no reason not to begin."""
        try:
            delivery.step()
        except Unreachable:
            pass  # the sender says so
        except RanksweepError:
            self._writer.close()
            SpoolReader(self._writer.path).remove()
            raise
        if delivery.stop_reason is not None:
            delivery.stop_reason = None  # of an earlier life

    def _send_leftovers(self) -> None:
        """What earlier programs left behind, now that the server answers."""
        assert self._delivery is not None
        sync(self._writer.path.parent, self._delivery.client)


def instant() -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def tag_list(tags: Any) -> List[Dict[str, str]]:
    """A dict, or a list of words, each a tag without a value."""
    if isinstance(tags, (list, tuple, set)):
        tags = {str(word): "" for word in tags}
    return [{"key": key, "value": value} for key, value in text_map(tags).items()]
