"""Errors that a user can act on: they name the field, what was found and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, e.g. field `metrics["loss"]`."""

    field: str
    message: str


class RanksweepError(Exception):
    """`code` is one of INVALID_INPUT, NOT_FOUND, CONFLICT, FORBIDDEN, TOO_LARGE, UNAVAILABLE, INTERNAL."""

    def __init__(self, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.problems = tuple(problems)


class Unreachable(RanksweepError):
    """The server does not answer."""

    def __init__(self, message: str) -> None:
        super().__init__("UNAVAILABLE", message)


class Stopped(SystemExit):
    """Somebody, or a stopping rule, ended the run. Not caught, it ends the program without a traceback and with exit code 0."""

    def __init__(self, reason: str) -> None:
        super().__init__(0)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def invalid(field: str, found: Any, allowed: str) -> RanksweepError:
    message = f"found {shown(found)}, {allowed}"
    return RanksweepError("INVALID_INPUT", f"{field}: {message}", [Problem(field, message)])


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
