"""Where a run comes from: the code, the machine, the command. What may be secret is never read."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
from typing import Any, Dict, Optional

LONGEST_DIFF = 200_000


def provenance() -> Dict[str, Any]:
    return {
        "command": [_program(), *sys.argv[1:]],
        "cwd": os.getcwd(),
        "host": socket.gethostname(),
        "versions": {"python": platform.python_version(), "platform": platform.platform(), **_libraries()},
        "git": _git_state(),
    }


def _program() -> str:
    return sys.argv[0] if sys.argv and sys.argv[0] else sys.executable


def _libraries() -> Dict[str, str]:
    """Of what is loaded already: nothing is imported for it."""
    known = ("torch", "transformers", "peft", "numpy", "sklearn", "jax", "tensorflow", "lightning")
    loaded = ((name, getattr(sys.modules.get(name), "__version__", None)) for name in known)
    return {name: str(version) for name, version in loaded if version is not None}


def _git_state() -> Optional[Dict[str, Any]]:
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    diff = _git("diff", "HEAD", "--no-color", "--no-ext-diff") or ""
    state: Dict[str, Any] = {"commit": commit.strip(), "dirty": diff != ""}
    if diff:
        state["diff"] = diff[:LONGEST_DIFF]
    return state


def _git(*arguments: str) -> Optional[str]:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments], capture_output=True, timeout=10, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")
