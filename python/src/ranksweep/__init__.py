"""Log runs of any Python program to Ranksweep, and read them as data frames.

    import ranksweep

    with ranksweep.init(project="demo", config={"lr": 1e-3}) as run:
        for step in range(100):
            run.log({"loss": 1 / (step + 1)}, step=step)

    table = ranksweep.runs(project="demo")
    curve = ranksweep.series(table["id"], "loss")

Environment: RANKSWEEP_URL (default http://127.0.0.1:7300), RANKSWEEP_TOKEN, RANKSWEEP_MODE (online or offline), RANKSWEEP_SPOOL (the folder
in which points wait for the server; default ./ranksweep-spool).
"""

from ._errors import Problem, RanksweepError, Stopped, Unreachable
from ._http import Client
from ._module import active, finish, init, log
from ._query import query, runs, series
from ._run import Run
from ._sync import SyncReport, sync

__version__ = "0.1.0"
__all__ = [
    "Client",
    "Problem",
    "RanksweepError",
    "Run",
    "Stopped",
    "SyncReport",
    "Unreachable",
    "active",
    "finish",
    "init",
    "log",
    "query",
    "runs",
    "series",
    "sync",
]
