"""python -m ranksweep sync [FOLDER] [--url URL]: sends what waits for the server."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

from ._errors import RanksweepError, Unreachable
from ._http import Client
from ._sync import sync


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit codes: 0 all was sent; 1 the server refuses something; 2 wrong input; 3 the server does not answer."""
    parser = argparse.ArgumentParser("ranksweep-py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("sync", help="send what waits in spool files")
    command.add_argument("folder", nargs="?", help="default: RANKSWEEP_SPOOL, else ./ranksweep-spool")
    command.add_argument("--url", help="the server; default: RANKSWEEP_URL, else http://127.0.0.1:7300")
    given = parser.parse_args(arguments)
    try:
        report = sync(given.folder, Client(given.url))
    except Unreachable as error:
        print(error, file=sys.stderr)
        return 3
    except RanksweepError as error:
        print(error, file=sys.stderr)
        return 2
    for run_id in report.sent:
        print(f"{run_id} sent")
    for run_id in report.busy:
        print(f"{run_id} is still being written: its program sends it, or a later sync")
    for run_id, reason in report.refused:
        print(f"{run_id} refused: {reason}", file=sys.stderr)
    return 1 if report.refused else 0


if __name__ == "__main__":
    sys.exit(main())
