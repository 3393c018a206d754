"""Sends what waits in spool files: of runs that were offline, or whose program or server died."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional, Tuple, Union

from ._delivery import Delivery, is_final
from ._errors import RanksweepError
from ._http import Client
from ._spool import SpoolReader, lock, spool_folder, waiting_spools


@dataclass
class SyncReport:
    """IDs of runs. `refused`: the server will not take them, and why; their files stay. `busy`: their program still writes them."""

    sent: List[str] = field(default_factory=list)
    busy: List[str] = field(default_factory=list)
    refused: List[Tuple[str, str]] = field(default_factory=list)


def sync(folder: Union[str, Path, None] = None, client: Optional[Client] = None) -> SyncReport:
    """Sends every spool file of a folder (default: RANKSWEEP_SPOOL, else ./ranksweep-spool), and deletes what has arrived.

    Raises Unreachable if the server does not answer: nothing is lost, and what was sent is not sent again.
    """
    client = client or Client()
    report = SyncReport()
    for path in waiting_spools(spool_folder(str(folder) if folder else None)):
        _sync_one(path, client, report)
    return report


def _sync_one(path: Path, client: Client, report: SyncReport) -> None:
    with open(path, "rb") as file:
        if not lock(file.fileno()):
            report.busy.append(path.stem)
            return
        if not path.exists():  # another program has just sent it
            return
        try:
            reader = SpoolReader(path)
            if not reader.has_records():
                reader.remove()
                return
            delivery = Delivery(client, reader, leased=False)
            while delivery.step():
                pass
            delivery.close_dead()
            reader.remove()
            report.sent.append(path.stem)
        except RanksweepError as error:
            if not is_final(error):
                raise
            report.refused.append((path.stem, str(error)))
        except (ValueError, KeyError) as error:
            report.refused.append((path.stem, f"{path} cannot be read: {error}"))
