"""Whether a program should get traffic: what it tells its supervisor once, and whoever asks `/readyz`."""

import os
from http import HTTPStatus

import msgspec

from tracking.ops import Page
from tracking.settings import Settings


class Readiness(msgspec.Struct, frozen=True):
    """`problems` keep traffic away; `remarks` are what somebody should look at while traffic goes on. In words."""

    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.problems


def show_readiness(readiness: Readiness) -> Page:
    status = HTTPStatus.OK if readiness.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    answer = {
        "status": "ready" if readiness.is_ready else "not ready",
        "problems": readiness.problems,
        "remarks": readiness.remarks,
    }
    return Page(status, msgspec.json.encode(answer) + b"\n", "application/json")


def announce_ready(settings: Settings) -> None:
    """Write one line to the descriptor of READY_FD and close it. Without that setting nothing happens."""
    if settings.ready_fd is None:
        return
    os.write(settings.ready_fd, b"ready\n")
    os.close(settings.ready_fd)
