"""Brings the records of a spool file to the server, in order. Whatever is sent twice is stored once."""

from __future__ import annotations

import json
import time
from typing import Any, Dict, List, Optional, Tuple

from ._errors import RanksweepError
from ._http import Client
from ._spool import Record, SpoolReader

BATCH_BYTES = 1 << 20
RECORD = """mutation ($input: RecordRunInput!) {
  recordRun(input: $input) { created leaseToken leaseMs stop stopReason run { id name state } }
}"""
PROGRESS = "mutation ($input: ProgressInput!) { reportProgress(input: $input) { leaseLost stop stopReason } }"
EVALUATE = "mutation ($input: RecordEvaluationInput!) { recordEvaluation(input: $input) { name } }"
ANNOTATE = "mutation ($input: AnnotateRunInput!) { annotateRun(input: $input) { id } }"


class Delivery:
    """Of one run. `stop_reason` is not None once the server says stop."""

    def __init__(self, client: Client, reader: SpoolReader, leased: bool) -> None:
        self.client = client
        self.reader = reader
        self.stop_reason: Optional[str] = None
        self.lease_seconds = 30.0
        self.answer: Dict[str, Any] = {}
        self._leased = leased
        self._token = 0
        self._heard = 0.0
        self._has_ended = False
        self._identity = _identity(reader.first())

    def step(self) -> bool:
        """Sends one batch. @returns False if nothing waits. Raises RanksweepError."""
        records, offset = self.reader.read(BATCH_BYTES)
        if not records:
            return False
        for kind, group in _grouped(records):
            self._deliver(kind, group)
        self.reader.acknowledge(offset)
        return True

    def close_dead(self) -> None:
        """For a file whose program is gone: without a last word the run is lost, whatever the server still believes."""
        if not self._has_ended:
            self._record({**self._identity, "state": "lost", "error": "its program ended without finish()"})

    def heartbeat(self) -> None:
        """Keeps a leased run from being taken for lost, and hears whether to stop. Cheap when it is not time yet."""
        if not self._leased or self._token == 0 or time.monotonic() - self._heard < self.lease_seconds / 3:
            return
        # batch 1 again and again: it carries nothing
        message = {"runId": self._identity["id"], "leaseToken": self._token, "batch": 1, "points": []}
        answer = self.client.query(PROGRESS, {"input": message})["reportProgress"]
        if answer["leaseLost"]:  # the server took it for lost: it goes on, unless a person ended it
            answer = self._record({**self._identity, "state": "running"})
        self._hear(answer)

    def _deliver(self, kind: str, group: List[Record]) -> None:
        if kind == "points":
            self._send_points(group)
            return
        for record in group:
            self._has_ended = kind == "end" or (self._has_ended and kind != "run")
            if kind == "run":
                self._record({key: value for key, value in record.items() if key != "kind"})
            elif kind == "config":
                self._record({**self._identity, "config": record["config"]})
            elif kind == "evaluation":
                self.client.query(EVALUATE, {"input": {"runId": self._identity["id"], **record["evaluation"]}})
            elif kind == "tags":
                tags = [{"key": key, "value": value} for key, value in record["tags"].items()]
                self.client.query(ANNOTATE, {"input": {"runId": self._identity["id"], "tags": tags}})
            elif kind == "end":
                self._record({**self._identity, **{key: record.get(key) for key in ("state", "endedAt", "error")}})

    def _record(self, message: Record) -> Dict[str, Any]:
        answer: Dict[str, Any] = self.client.query(RECORD, {"input": {**message, "leased": self._leased}})["recordRun"]
        self.answer = answer
        self._token = answer["leaseToken"]
        self.lease_seconds = answer["leaseMs"] / 1000
        self._hear(answer)
        return answer

    def _hear(self, answer: Dict[str, Any]) -> None:
        self._heard = time.monotonic()
        if answer.get("stop"):
            self.stop_reason = answer.get("stopReason") or "stopped"

    def _send_points(self, records: List[Record]) -> None:
        series: Dict[str, Tuple[List[float], List[Any], List[float]]] = {}
        for record in records:
            for name, value in record["values"].items():
                steps, values, times = series.setdefault(name, ([], [], []))
                steps.append(record["step"])
                values.append(value)
                times.append(record["time"])
        columns = [
            {"metric": name, "steps": steps, "values": values, "times": times}
            for name, (steps, values, times) in series.items()
        ]
        body = json.dumps({"series": columns}, allow_nan=False, separators=(",", ":")).encode()
        self.client.send("POST", f"/api/runs/{self._identity['id']}/points", body, "application/json")


def is_final(error: RanksweepError) -> bool:
    """Whether sending the same again cannot help."""
    return error.code in ("INVALID_INPUT", "NOT_FOUND", "CONFLICT", "FORBIDDEN", "TOO_LARGE")


def _identity(first: Record) -> Record:
    return {key: first[key] for key in ("id", "project", "origin")}


def _grouped(records: List[Record]) -> List[Tuple[str, List[Record]]]:
    """Neighbours of one kind together."""
    groups: List[Tuple[str, List[Record]]] = []
    for record in records:
        if groups and groups[-1][0] == record["kind"]:
            groups[-1][1].append(record)
        else:
            groups.append((record["kind"], [record]))
    return groups
