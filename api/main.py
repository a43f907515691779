"""The api as a program; called by `creatrail api`."""

import asyncio
import socket
from typing import Final

import uvicorn
from starlette.applications import Starlette

from api.app import create_app
from tracking.logs import configure_logging
from tracking.readiness import announce_ready
from tracking.settings import Settings

MAX_WEBSOCKET_MESSAGE_BYTES: Final = 64 * 1024
SHUTDOWN_DEADLINE_S: Final = 10


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            announce_ready(self._settings)


def make_config(app: Starlette, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        lifespan="on",
        loop="uvloop",
        ws="websockets-sansio",
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        timeout_graceful_shutdown=SHUTDOWN_DEADLINE_S,
        access_log=False,
        log_config=None,
        server_header=False,
    )


def run(settings: Settings) -> None:
    """Serve until told to stop; open subscriptions are closed then."""
    configure_logging(settings)
    asyncio.run(_Server(make_config(create_app(settings), settings), settings).serve())
