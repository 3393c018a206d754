"""A run's points as the block of bytes that GET /api/runs/ID/points answers: every double to the bit."""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from typing import List, Sequence

from ._errors import RanksweepError


@dataclass(frozen=True)
class Curve:
    """times in ms since 1970"""

    metric: str
    steps: Sequence[float]
    values: Sequence[float]
    times: Sequence[float]


def unpack_points(block: bytes) -> List[Curve]:
    """u8 version 1, u8, u16, u32 m; m times u32 count, u16 k, k bytes of name; zeros to a multiple of 8; then all steps, values, times."""
    if len(block) < 8 or block[0] != 1:
        raise RanksweepError("INTERNAL", "the server's answer is no block of points")
    (metrics,) = struct.unpack_from("<I", block, 4)
    heads, at = [], 8
    for _ in range(metrics):
        count, length = struct.unpack_from("<IH", block, at)
        heads.append((block[at + 6 : at + 6 + length].decode("utf-8"), count))
        at += 6 + length
    at += -at % 8
    total = sum(count for _, count in heads)
    if len(block) != at + 24 * total:
        raise RanksweepError("INTERNAL", "the server's answer is cut off")
    steps, values, times = (_doubles(block[at + 8 * total * i : at + 8 * total * (i + 1)]) for i in range(3))
    curves, begin = [], 0
    for name, count in heads:
        end = begin + count
        curves.append(Curve(name, steps[begin:end], values[begin:end], times[begin:end]))
        begin = end
    return curves


def _doubles(data: bytes) -> "array[float]":
    numbers = array("d")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def whole(steps: Sequence[float]) -> Sequence[float]:
    """Steps are whole numbers as a rule, and then int."""
    return [int(step) for step in steps] if all(float(step).is_integer() for step in steps) else steps
