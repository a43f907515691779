"""Runs a program with a listening socket as systemd does: `… socket_activation FD READY_FILE MODULE ARGUMENTS`.

In the file it says that it serves, since a port that is always open does not.
"""

import os
import sys
from pathlib import Path

from tracking.listening import FIRST_FD
from tracking.settings import read_environment

if __name__ == "__main__":
    handed_over, ready_file, *arguments = sys.argv[1:]
    os.dup2(int(handed_over), FIRST_FD)  # before anything is opened there
    with Path(ready_file).open("wb") as ready:
        os.set_inheritable(ready.fileno(), True)
        own = {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "READY_FD": str(ready.fileno())}
        os.execve(sys.executable, [sys.executable, "-m", *arguments], {**read_environment(), **own})  # noqa: S606 -- our own
