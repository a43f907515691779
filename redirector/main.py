"""The redirector as a program; called by `creatrail redirector`."""

import gc
import socket
from typing import Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from redirector.app import Redirector
from redirector.ops import create_ops_app
from redirector.quick_answer import answer_quickly
from tracking.faults import arm_faults
from tracking.head_limits import limit_heads
from tracking.listening import let_clients_leave, take_inherited_socket
from tracking.logs import configure_logging, log_start
from tracking.readiness import announce_ready
from tracking.settings import Settings

SHUTDOWN_DEADLINE_S: Final = 10
BACKLOG: Final = 4_096


def run(settings: Settings) -> None:
    """Serve until told to stop; answers under way are finished and their clicks recorded first."""
    configure_logging(settings, "redirector")
    log_start(
        settings,
        listens=f"{settings.redirector_host}:{settings.redirector_port}",
        ops=f"{settings.redirector_ops_host}:{settings.redirector_ops_port}",
        spool=str(settings.spool_dir),
    )
    arm_faults(settings.faults)
    redirector = Redirector(settings)
    public = uvicorn.Config(
        redirector,
        host=settings.redirector_host,
        port=settings.redirector_port,
        http=answer_quickly(
            limit_heads(HttpToolsProtocol, settings.max_head_bytes, settings.head_deadline_s), redirector.take
        ),
        ws="none",
        lifespan="on",
        loop="uvloop",
        backlog=BACKLOG,
        proxy_headers=False,  # uvicorn would believe whoever connects from 127.0.0.1
        timeout_graceful_shutdown=SHUTDOWN_DEADLINE_S,
        access_log=False,
        log_config=None,
        server_header=False,
    )
    _Server(public, _configure_ops(redirector, settings), settings).run(take_inherited_socket(settings))


def _configure_ops(redirector: Redirector, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create_ops_app(redirector),
        host=settings.redirector_ops_host,
        port=settings.redirector_ops_port,
        ws="none",
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        access_log=False,
        log_config=None,
        server_header=False,
    )


def _keep_what_is_there() -> None:
    """Collecting starts now, and never looks through what a redirector is made of."""
    gc.collect()
    gc.freeze()
    gc.enable()


class _Server(uvicorn.Server):
    """Two listeners in one event loop: what operators see is there as long as visitors are served."""

    def __init__(self, public: uvicorn.Config, ops: uvicorn.Config, settings: Settings) -> None:
        super().__init__(public)
        self._ops = uvicorn.Server(ops)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._settings.redirector_ops_port:
            self._ops.config.load()
            self._ops.lifespan = self._ops.config.lifespan_class(self._ops.config)
            await self._ops.startup()
        _keep_what_is_there()
        if self.started:
            announce_ready(self._settings)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if sockets is not None:
            await let_clients_leave(self, HttpToolsProtocol)
        await super().shutdown(sockets)
        if self._ops.started:
            await self._ops.shutdown()
