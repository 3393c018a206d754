"""The file in which a run waits for the server, <folder>/<run>.jsonl: one JSON record a line, in order.

Every record is handed to the operating system before log() returns, so the death of the program loses none; a sync to the disk follows
within a second, so the death of the machine loses at most that. What the server has acknowledged is noted in <run>.sent; a file that
was sent to its end is deleted. A run's records may be sent again: the server stores a point once.

    {"kind": "run", "id", "project", "name", "config", ...}     first, and again when it is resumed
    {"kind": "points", "step", "time", "values": {name: value}}  time in ms since 1970
    {"kind": "config", "config"}  {"kind": "tags", "tags"}
    {"kind": "evaluation", "evaluation"}                        as the server takes it, without the run
    {"kind": "end", "state", "endedAt", "error"}
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

try:
    import fcntl
except ImportError:  # Windows: two programs are not kept from sending one file, which is slow and harmless
    fcntl = None  # type: ignore[assignment]

DEFAULT_FOLDER = "ranksweep-spool"
Record = Dict[str, Any]


def spool_folder(given: Optional[str]) -> Path:
    return Path(given or os.environ.get("RANKSWEEP_SPOOL") or DEFAULT_FOLDER)


class SpoolWriter:
    """Appends records. The file stays locked while it is open: `sync` leaves it alone."""

    def __init__(self, folder: Path, run_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{run_id}.jsonl"
        self._file = open(self.path, "ab", buffering=0)
        if not lock(self._file.fileno()):
            self._file.close()
            raise BlockingIOError(f"{self.path} is in use by another program")
        _end_torn_line(self.path, self._file.fileno())
        self._is_dirty = True
        _sync_folder(folder)

    def write(self, *records: Record) -> None:
        lines = "".join(json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n" for record in records)
        data = memoryview(lines.encode())
        while data:  # a disk that is nearly full takes a part
            data = data[self._file.write(data) or 0 :]
        self._is_dirty = True

    def sync(self) -> None:
        """On the disk when it returns."""
        if self._is_dirty:
            self._is_dirty = False
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self.sync()
        self._file.close()


class SpoolReader:
    """Reads whole records from where the last acknowledgement ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = path.with_suffix(".sent")
        self.offset = self._acknowledged()

    def read(self, most_bytes: int) -> Tuple[List[Record], int]:
        """@returns records, at least one if there is one, and the offset behind them. A line without its end is not there yet."""
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = file.read(most_bytes)
            if data and b"\n" not in data:
                data += file.readline()
        data = data[: data.rfind(b"\n") + 1]
        return [_parsed(line, self.path) for line in data.splitlines() if line.strip()], self.offset + len(data)

    def acknowledge(self, offset: int) -> None:
        """The mark may be lost: records that are sent again change nothing."""
        self.offset = offset
        temporary = self._mark.with_suffix(f".{os.getpid()}.part")
        temporary.write_text(str(offset))
        os.replace(temporary, self._mark)

    def is_at_end(self) -> bool:
        return self.offset >= self.path.stat().st_size

    def remove(self) -> None:
        for path in (self._mark, self.path):
            if path.exists():
                path.unlink()

    def has_records(self) -> bool:
        """Whether its program lived long enough to say which run it is."""
        with open(self.path, "rb") as file:
            return file.readline().endswith(b"\n")

    def first(self) -> Record:
        """The run that the file is about."""
        with open(self.path, "rb") as file:
            return _parsed(file.readline(), self.path)

    def _acknowledged(self) -> int:
        try:
            offset = int(self._mark.read_text())
        except (OSError, ValueError):
            return 0
        return offset if 0 <= offset <= self.path.stat().st_size else 0


def waiting_spools(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(folder.glob("*.jsonl"))


def lock(descriptor: int) -> bool:
    """@returns False if another program has it"""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True


def _end_torn_line(path: Path, descriptor: int) -> None:
    """A line that the death of an earlier program cut off was never acknowledged: it goes."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        os.ftruncate(descriptor, data.rfind(b"\n") + 1)


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    except OSError:  # Windows
        pass


def _parsed(line: bytes, path: Path) -> Record:
    record = json.loads(line)
    if not isinstance(record, dict) or "kind" not in record:
        raise ValueError(f"{path}: found {line[:80]!r}, expected a record with a kind")
    return record
