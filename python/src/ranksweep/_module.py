"""The run of this program: init, log, finish."""

from __future__ import annotations

import atexit
import getpass
import os
import secrets
import sys
import traceback
from typing import Any, Mapping, Optional, Sequence, Union

from ._delivery import Delivery
from ._errors import RanksweepError, Stopped, invalid
from ._http import Client
from ._provenance import provenance
from ._run import LONGEST_ERROR, Run, instant, tag_list
from ._spool import spool_folder
from ._trial import TrialRun, is_in_trial
from ._values import config_json

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MODES = ("online", "offline")
Tags = Union[Mapping[str, Any], Sequence[str]]
_active: Union[Run, TrialRun, None] = None


def init(
    project: str = "default",
    config: Any = None,
    *,
    name: Optional[str] = None,
    tags: Optional[Tags] = None,
    group: Optional[str] = None,
    notes: Optional[str] = None,
    parent: Optional[str] = None,
    id: Optional[str] = None,
    resume: bool = False,
    seed: Optional[int] = None,
    mode: Optional[str] = None,
    url: Optional[str] = None,
    token: Optional[str] = None,
    spool: Optional[str] = None,
    patience: float = 60,
) -> Union[Run, TrialRun]:
    """Begins a run, and ends the one that this program began before.

    config    numbers, texts, lists, maps; also argparse.Namespace or a dataclass. Recorded once: later only `add_config`
    tags      {"stage": "draft"}, or words
    group     runs of one group belong together (the seeds of one config, say); parent: ID of the run that this one is a part of
    id        of the run, if you choose it; with resume=True a run that has ended goes on
    mode      "online" (default; without a server the records wait) or "offline" (nothing is sent until `python -m ranksweep sync`)
    spool     folder in which records wait for the server; patience: seconds that finish() waits for the server

    Inside a trial of a sweep the run is the trial's: its parameters are added to `config`, and replace what differs.
    """
    global _active
    if _active is not None and _active.state == "running":
        _active.finish()
    if is_in_trial():
        _active = TrialRun(_config({} if config is None else config))
        if tags:
            _active.tag(**{pair["key"]: pair["value"] for pair in tag_list(tags)})
        return _active
    mode = mode or os.environ.get("RANKSWEEP_MODE") or "online"
    if mode not in MODES:
        raise invalid("mode", mode, f"allowed are {' and '.join(MODES)}")
    run_id = id or _new_id()
    about = {
        **{"id": run_id, "project": project, "name": name or run_id, "config": _config({} if config is None else config)},
        **{"tags": tag_list(tags or {}), "group": group, "notes": notes, "parentId": parent, "seed": seed},
        **{"origin": "python", "startedAt": instant(), "resume": resume},
        "provenance": {**provenance(), "user": _user()},
    }
    _check_texts(about)
    client = Client(url, token)
    delivery_of = None if mode == "offline" else lambda reader: Delivery(client, reader, leased=True)
    _active = Run(about, delivery_of, spool_folder(spool), patience)
    return _active


def active() -> Union[Run, TrialRun]:
    """The run that init began. Raises RanksweepError if there is none."""
    if _active is None or _active.state != "running":
        raise RanksweepError("CONFLICT", "there is no run: call ranksweep.init(project=...) first")
    return _active


def log(metrics: Mapping[str, Any], step: Optional[float] = None) -> None:
    """As Run.log, of the run that init began."""
    active().log(metrics, step)


def finish(state: str = "finished", error: Optional[str] = None) -> bool:
    """As Run.finish, of the run that init began."""
    return active().finish(state, error)


def _config(config: Any) -> Any:
    read = config_json(config)
    if isinstance(read, dict):
        return read
    raise invalid("config", config, 'expected a dict such as {"lr": 0.001}')


def _check_texts(about: Mapping[str, Any]) -> None:
    for field in ("id", "project", "name"):
        if not isinstance(about[field], str) or not about[field]:
            raise invalid(field, about[field], "expected a text")
    for field in ("group", "notes", "parentId"):
        if about[field] is not None and not isinstance(about[field], str):
            raise invalid(field, about[field], "expected a text")
    if os.path.basename(about["id"]) != about["id"] or about["id"].startswith("."):
        raise invalid("id", about["id"], "allowed are 3 to 100 letters, digits and . _ : -")


def _new_id() -> str:
    return "run_" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def _user() -> Optional[str]:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None


@atexit.register
def _at_exit() -> None:
    """A program that ends without finish(): Python has noted the exception that ended it, if one did."""
    if _active is None or _active.state != "running":
        return
    error = getattr(sys, "last_value", None)
    if error is None or "IPython" in sys.modules:  # there, a cell that failed earlier says nothing about the end
        _active.finish()
    elif isinstance(error, KeyboardInterrupt):
        _active.finish("cancelled", "KeyboardInterrupt")
    elif isinstance(error, Stopped):
        _active.finish("stopped")
    else:
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        _active.finish("failed", text[-LONGEST_ERROR:])
