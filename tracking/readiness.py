"""Whether a program should get traffic: what it tells its supervisor once, and whoever asks `/readyz`."""

import os
import socket
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

    @property
    def status(self) -> str:
        return "ready" if self.is_ready else "not ready"


def show_readiness(readiness: Readiness) -> Page:
    status = HTTPStatus.OK if readiness.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    answer = {
        "status": readiness.status,
        "problems": readiness.problems,
        "remarks": readiness.remarks,
    }
    return Page(status, msgspec.json.encode(answer) + b"\n", "application/json")


def announce_ready(settings: Settings) -> None:
    """Write one line to the descriptor of READY_FD and close it, and tell systemd: each where it asks to be told."""
    if settings.ready_fd is not None:
        os.write(settings.ready_fd, b"ready\n")
        os.close(settings.ready_fd)
    if settings.notify_socket is not None:
        address = settings.notify_socket
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
            notifying.sendto(b"READY=1", f"\0{address[1:]}" if address.startswith("@") else address)
