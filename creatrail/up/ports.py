"""The ports that `up` needs, checked before anything starts: a taken one is named with the setting that changes it."""

import asyncio
import socket
import time

from tracking.settings import Settings

# A program of a killed `up` may still be answering its last requests.
RELEASE_S = 3.0
POLL_S = 0.1


class PortTakenError(Exception):
    """Another program listens where one of ours should; the message is one line for the user."""


async def require_free_ports(settings: Settings) -> None:
    wanted = {
        "API_PORT": (settings.api_host, settings.api_port),
        "REDIRECTOR_PORT": (settings.redirector_host, settings.redirector_port),
        "REDIRECTOR_OPS_PORT": (settings.redirector_ops_host, settings.redirector_ops_port),
        "API_OPS_PORT": (settings.api_ops_host, settings.api_ops_port),
        "WORKER_OPS_PORT": (settings.worker_ops_host, settings.worker_ops_port),
    }
    give_up_at = time.monotonic() + RELEASE_S
    for variable, (host, port) in wanted.items():
        while not is_free(host, port):
            if time.monotonic() > give_up_at:
                raise PortTakenError(
                    f"port {port} of {host} is in use by another program: set {variable} to a free one"
                )
            await asyncio.sleep(POLL_S)


def is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
