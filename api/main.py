"""The api as a program; called by `creatrail api`."""

import asyncio
import gc
import socket
from typing import Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.services import Services
from api.websocket_protocol import PatientWebSocket
from tracking.head_limits import limit_heads
from tracking.listening import let_clients_leave, take_inherited_socket
from tracking.logs import configure_logging, log_start
from tracking.readiness import announce_ready
from tracking.settings import Settings

MAX_WEBSOCKET_MESSAGE_BYTES: Final = 64 * 1024
SHUTDOWN_DEADLINE_S: Final = 10
STALLED_AT_THE_END_S: Final = 2.0
PING_S: Final = 15  # and as long again for its pong: then a connection is lost
UNREAD_S: Final = 60  # who takes nothing for so long, while there is something to take, is cut off
UNSENT_BYTES: Final = 128 * 1024


class ApiServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            calm_collector()
            bound_what_is_unread(self, UNREAD_S)
            announce_ready(self._settings)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Streams first: they would have no end, and nobody waits for them."""
        end_streams(self)
        if sockets is not None:
            await let_clients_leave(self, HttpToolsProtocol)
        cutting = asyncio.create_task(_cut_off_stalled(self))
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()


def calm_collector() -> None:
    """A full collection holds everybody up while it looks through the schema and each open stream, and finds next to
    nothing. So the schema is left out, and the next one comes after two million objects more: what ended streams leave
    in cycles may wait for as long. Smaller ones are many and short.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 20, 50)


def end_streams(server: uvicorn.Server) -> None:
    """At once, so that their clients connect elsewhere; WebSockets are closed by the server itself, with 1012."""
    app = server.config.app
    if isinstance(app, Starlette) and hasattr(app.state, "services"):
        services: Services = app.state.services
        services.streams.end_all()


def bound_what_is_unread(server: uvicorn.Server, after_s: float) -> None:
    """The kernel does, for every connection, where it can: it ends one whose peer is alive and silent, which nothing
    else does, and it holds little for one that is slow, which else would be 3 MB and events that are minutes old.
    """
    options = {"TCP_USER_TIMEOUT": int(after_s * 1000), "TCP_NOTSENT_LOWAT": UNSENT_BYTES}
    for each in (each for listening in server.servers for each in listening.sockets):
        for name, value in options.items():
            if hasattr(socket, name) and each.family in {socket.AF_INET, socket.AF_INET6}:
                each.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _cut_off_stalled(server: uvicorn.Server) -> None:
    """Who does not read would not read the end either."""
    await asyncio.sleep(STALLED_AT_THE_END_S)
    for connection in list(server.server_state.connections):
        if isinstance(connection, PatientWebSocket):
            connection.transport.abort()


def make_config(app: Starlette, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        http=limit_heads(HttpToolsProtocol, settings.max_head_bytes, settings.head_deadline_s),
        lifespan="on",
        loop="uvloop",
        ws=PatientWebSocket,
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        timeout_graceful_shutdown=SHUTDOWN_DEADLINE_S,
        access_log=False,
        log_config=None,
        server_header=False,
    )


def run(settings: Settings) -> None:
    """Serve until told to stop; open subscriptions are closed then."""
    configure_logging(settings, "api")
    log_start(
        settings,
        listens=f"{settings.api_host}:{settings.api_port}",
        ops=f"{settings.api_ops_host}:{settings.api_ops_port}",
    )
    server = ApiServer(make_config(create_app(settings), settings), settings)
    server.run(take_inherited_socket(settings))
