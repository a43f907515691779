"""Runs a program with a listening socket as systemd does: `python -m tests.e2e.socket_activation FD MODULE …`."""

import os
import sys

from tracking.listening import FIRST_FD
from tracking.settings import read_environment

if __name__ == "__main__":
    handed_over, *arguments = sys.argv[1:]
    os.dup2(int(handed_over), FIRST_FD)
    environment = {**read_environment(), "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    os.execve(sys.executable, [sys.executable, "-m", *arguments], environment)  # noqa: S606 -- our own program
