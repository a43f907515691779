"""How a program tells its supervisor that it serves; called once by api, redirector and both workers."""

import os

from tracking.settings import Settings


def announce_ready(settings: Settings) -> None:
    """Write one line to the descriptor of READY_FD and close it. Without that setting nothing happens."""
    if settings.ready_fd is None:
        return
    os.write(settings.ready_fd, b"ready\n")
    os.close(settings.ready_fd)
