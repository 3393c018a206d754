"""What may be logged, and how it crosses JSON: NaN and the infinities travel as the strings "NaN", "Infinity" and "-Infinity"."""

from __future__ import annotations

import datetime
import enum
import math
import os
from typing import Any, Dict, Iterator, Mapping, Tuple, Union

from ._errors import invalid

MetricJson = Union[float, str]
LONGEST_NAME = 250
DEEPEST = 20


def metric_to_json(value: float) -> MetricJson:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def checked_metrics(metrics: Mapping[str, Any]) -> Dict[str, MetricJson]:
    """Numbers by name; maps within are flattened: {"train": {"loss": 1}} is train/loss. Raises RanksweepError before anything is kept."""
    if not isinstance(metrics, Mapping):
        raise invalid("metrics", metrics, 'expected a dict such as {"loss": 0.5}')
    values: Dict[str, MetricJson] = {}
    for name, value in _flat(metrics, ""):
        values[name] = metric_to_json(_number(name, value))
    return values


def checked_step(step: Any) -> float:
    try:
        number = float(step)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(step, bool) or not math.isfinite(number):
        raise invalid("step", step, "expected a finite number")
    return int(number) if number.is_integer() else number


def _flat(metrics: Mapping[Any, Any], prefix: str) -> Iterator[Tuple[str, Any]]:
    for key, value in metrics.items():
        name = f"{prefix}{key}"
        if not isinstance(key, str) or key == "" or len(name) > LONGEST_NAME:
            raise invalid("metrics", key, f"expected names of 1 to {LONGEST_NAME} characters")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}/")
        else:
            yield name, value


def _number(name: str, value: Any) -> float:
    """Of Python, NumPy, or a tensor with one element."""
    if type(value) is float:
        return value
    if not isinstance(value, (str, bytes, bytearray)):
        try:
            return float(value)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            pass
    raise invalid(f'metrics["{name}"]', value, "expected a number")


def config_json(value: Any, field: str = "config", depth: int = 0) -> Any:
    """A config as JSON: NumPy scalars, paths, enums, dates, tuples and dataclass-like objects are read as what they say."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return metric_to_json(value)
    if depth > DEEPEST:
        raise invalid(field, value, f"allowed are {DEEPEST} levels")
    if isinstance(value, Mapping):
        return {_key(key, field): config_json(below, f"{field}.{key}", depth + 1) for key, below in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return [config_json(below, f"{field}[{i}]", depth + 1) for i, below in enumerate(items)]
    return _other(value, field, depth)


def _other(value: Any, field: str, depth: int) -> Any:
    if isinstance(value, enum.Enum):
        return config_json(value.value, field, depth + 1)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if callable(getattr(value, "item", None)) and getattr(value, "ndim", 0) == 0:  # a scalar of NumPy or a tensor
        return config_json(value.item(), field, depth + 1)
    if callable(getattr(value, "tolist", None)):
        return config_json(value.tolist(), field, depth + 1)
    fields = getattr(value, "__dict__", None)  # argparse.Namespace, a dataclass
    if fields is not None and not isinstance(value, type) and not callable(value):
        return config_json(fields, field, depth + 1)
    raise invalid(field, value, "expected what JSON can hold: numbers, texts, truth values, lists and maps")


def _key(key: Any, field: str) -> str:
    if isinstance(key, (str, int, float, bool)):
        return str(key)
    raise invalid(field, key, "expected texts as keys")


def text_map(values: Mapping[str, Any], field: str = "tags") -> Dict[str, str]:
    if not isinstance(values, Mapping):
        raise invalid(field, values, 'expected a dict such as {"stage": "draft"}')
    for key, value in values.items():
        if not isinstance(key, str) or not 1 <= len(key) <= LONGEST_NAME:
            raise invalid(field, key, f"expected keys of 1 to {LONGEST_NAME} characters")
        if not isinstance(value, (str, int, float, bool)):
            raise invalid(f'{field}["{key}"]', value, "expected a text")
    return {key: str(value) for key, value in values.items()}
