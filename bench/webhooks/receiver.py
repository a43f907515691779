"""Receives webhooks: `python -m bench.webhooks.receiver PORT FOLDER`. It checks each signature as receivers do.

`/hooks/<endpoint>` fails 10 % and never answers 1 %; `/calm/<endpoint>` always answers. What it takes it notes in
`accepted` in that folder before it answers, so that it may be killed; what no secret has signed, in `refused`.
"""

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import Any, Final

import httptools
import msgspec
import uvloop
from standardwebhooks import Webhook, WebhookVerificationError

from tracking.readiness import announce_ready
from tracking.settings import load_settings

FAILS: Final = 0.10
IS_SILENT: Final = 0.01
OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
FAILED: Final = b"HTTP/1.1 500 Failed\r\nContent-Length: 6\r\n\r\nsorry!"
REFUSED: Final = b"HTTP/1.1 400 Refused\r\nContent-Length: 0\r\n\r\n"
SECRETS: Final = "secrets.json"


class Notes:
    def __init__(self, folder: Path) -> None:
        secrets = msgspec.json.decode((folder / SECRETS).read_bytes(), type=dict[str, str])
        self.webhooks = {name: Webhook(secret) for name, secret in secrets.items()}
        self._accepted = os.open(folder / "accepted", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self._refused = os.open(folder / "refused", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def accept(self, endpoint: str, webhook_id: str) -> None:
        os.write(self._accepted, f"{endpoint} {webhook_id}\n".encode())

    def refuse(self, endpoint: str, webhook_id: str) -> None:
        os.write(self._refused, f"{endpoint} {webhook_id}\n".encode())


class Connection(asyncio.Protocol):
    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._parser = httptools.HttpRequestParser(self)
        self._headers: dict[str, str] = {}
        self._url, self._body = b"", b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._headers, self._url, self._body = {}, url, b""

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        _, kind, endpoint = self._url.decode().split("/")
        webhook_id = self._headers["webhook-id"]
        try:
            self._notes.webhooks[endpoint].verify(self._body, self._headers)
        except WebhookVerificationError:
            self._notes.refuse(endpoint, webhook_id)
            self._transport.write(REFUSED)
            return
        chance = 1.0 if kind == "calm" else random.random()  # noqa: S311 -- chance, not a secret
        if chance < IS_SILENT:
            return
        if chance < IS_SILENT + FAILS:
            self._transport.write(FAILED)
            return
        if kind != "calm":
            self._notes.accept(endpoint, webhook_id)
        self._transport.write(OK)


async def serve(port: int, folder: Path) -> None:
    notes = Notes(folder)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(notes), "127.0.0.1", port, backlog=1024)
    announce_ready(load_settings())
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
