"""Scores of a run on the items of an evaluation set, as the server takes them."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._errors import invalid
from ._spool import Record
from ._values import checked_metrics

ROLES = ("in_domain", "out_of_domain", "base_capability")
GOALS = ("minimize", "maximize")
LOSSES = ("loss", "bits_per_byte")
Numbers = Sequence[Any]


def evaluation_record(
    name: str,
    role: str,
    keys: Sequence[str],
    scores: Mapping[str, Numbers],
    base: Optional[Mapping[str, Numbers]] = None,
    weights: Optional[Mapping[str, Numbers]] = None,
    goals: Optional[Mapping[str, str]] = None,
    groups: Optional[Sequence[Optional[str]]] = None,
    distance: Optional[str] = None,
    base_model: Optional[str] = None,
) -> Record:
    """Raises RanksweepError for what the server would refuse for its form."""
    if role not in ROLES:
        raise invalid("role", role, f"allowed are {', '.join(ROLES)}")
    if not scores:
        raise invalid("scores", scores, "expected a dict with a list of numbers for each score")
    count = len(keys)
    given = [_score(score, values, count, base or {}, weights or {}, goals or {}) for score, values in scores.items()]
    record: Record = {"name": name, "role": role, "keys": [str(key) for key in keys], "scores": given}
    optional = {"groups": groups and list(groups), "distance": distance, "baseModel": base_model}
    return {**record, **{key: value for key, value in optional.items() if value is not None}}


def _score(
    score: str,
    values: Numbers,
    count: int,
    base: Mapping[str, Numbers],
    weights: Mapping[str, Numbers],
    goals: Mapping[str, str],
) -> Dict[str, Any]:
    goal = goals.get(score, "minimize" if score in LOSSES else "maximize")
    if goal not in GOALS:
        raise invalid(f"goals.{score}", goal, f"allowed are {', '.join(GOALS)}")
    found: Dict[str, Any] = {"score": score, "goal": goal, "values": _numbers(f"scores.{score}", values, count)}
    if score in weights:
        found["weights"] = _numbers(f"weights.{score}", weights[score], count)
    if score in base:
        found["baseValues"] = _numbers(f"base.{score}", base[score], count)
    return found


def _numbers(field: str, values: Numbers, count: int) -> List[Any]:
    if len(values) != count:
        raise invalid(field, f"{len(values)} values", f"expected one for each of {count} keys")
    return [checked_metrics({field: float(value) if isinstance(value, bool) else value})[field] for value in values]
