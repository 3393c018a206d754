"""The thread that sends a run's spool file while the program goes on. It reads from the file, so its memory is bounded."""

from __future__ import annotations

import random
import sys
import threading
import time
from typing import Callable, Optional

from ._delivery import Delivery, is_final
from ._errors import RanksweepError
from ._spool import SpoolWriter

FLUSH_SECONDS = 0.5
LONGEST_PAUSE = 30.0


class Sender:
    def __init__(self, delivery: Optional[Delivery], writer: SpoolWriter, on_idle: Callable[[], None]) -> None:
        """Without a delivery it only brings the file to the disk. `on_idle` runs once, when all that waited has been sent."""
        self._delivery = delivery
        self._writer = writer
        self._on_idle: Optional[Callable[[], None]] = on_idle
        self._wake = threading.Condition()
        self._is_closing = False
        self._deadline = float("inf")
        self._failures = 0
        self._next_attempt = 0.0
        self._has_warned_of_disk = False
        self.problem: Optional[RanksweepError] = None
        self.is_done = False
        self._thread = threading.Thread(target=self._loop, name="ranksweep", daemon=True)
        self._thread.start()

    def finish(self, patience: float) -> bool:
        """Sends the rest, for `patience` seconds at most. @returns whether everything has arrived"""
        with self._wake:
            self._is_closing = True
            self._deadline = time.monotonic() + patience
            self._wake.notify_all()
        self._thread.join(patience + 5)
        return self.is_done

    def _loop(self) -> None:
        while not self._is_over():
            self._sync()
            if self._delivery is None or self.problem is not None:
                if self._is_closing:
                    return
            elif time.monotonic() >= self._next_attempt:
                self._attempt(self._delivery)
            self._pause()

    def _sync(self) -> None:
        try:
            self._writer.sync()
        except OSError as error:  # said once: the server may still get what the disk does not
            if not self._has_warned_of_disk:
                warn(f"{self._writer.path} cannot be brought to the disk: {error}")
            self._has_warned_of_disk = True

    def _is_over(self) -> bool:
        return self.is_done or time.monotonic() > self._deadline or (self._is_closing and self.problem is not None)

    def _attempt(self, delivery: Delivery) -> None:
        try:
            # read before asking: what is written later is another turn's
            is_closing = self._is_closing
            while delivery.step():
                self._failures = 0
            delivery.heartbeat()
            self._failures = 0
            self.is_done = is_closing
            self._idle()
        except RanksweepError as error:
            self._failures += 1
            self._next_attempt = time.monotonic() + self._backoff()
            if is_final(error):
                self.problem = error
                warn(f"the server refuses the run's records: {error}")
            elif self._failures == 1:
                warn(f"{error}; records wait in {self._writer.path}")
        except OSError as error:  # the spool file cannot be read
            self.problem = RanksweepError("INTERNAL", f"{self._writer.path}: {error}")
            warn(str(self.problem))

    def _idle(self) -> None:
        on_idle, self._on_idle = self._on_idle, None
        if on_idle is not None:
            on_idle()

    def _backoff(self) -> float:
        longest = FLUSH_SECONDS if self._is_closing else LONGEST_PAUSE
        return min(longest, FLUSH_SECONDS * 2.0 ** min(self._failures, 10)) * (0.75 + random.random() / 2)

    def _pause(self) -> None:
        with self._wake:
            if self._is_closing:
                self._next_attempt = min(self._next_attempt, time.monotonic() + FLUSH_SECONDS)
                if self.is_done or self._failures == 0:
                    return
            self._wake.wait(FLUSH_SECONDS)


def warn(message: str) -> None:
    print(f"ranksweep: {message}", file=sys.stderr, flush=True)
