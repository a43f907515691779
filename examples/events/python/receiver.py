"""Receives webhooks about clicks and keeps what they say last, however often and in whatever order they come.

    pip install standardwebhooks
    python receiver.py             receive until it is stopped
    python receiver.py clicks      print what it knows, a line for each click

with

    SECRET            whsec_…, as `createWebhook` answered it; after `rotateWebhookSecret` the new one
    PORT              9000 unless it says otherwise
    STATE             a file for what it knows; received.db unless it says otherwise

It answers 204 once what came is in the file. What takes long is for somebody who reads the file.
"""

import json
import os
import sqlite3
import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

TABLE: Final = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS click (id TEXT PRIMARY KEY, sequence INTEGER, is_wanted INTEGER, state TEXT);
"""
# Retries overtake each other: what has the higher sequence holds, and the same one told again changes nothing.
KEEP: Final = """
    INSERT INTO click VALUES (:id, :sequence, :is_wanted, :state)
    ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, is_wanted = excluded.is_wanted, state = excluded.state
    WHERE excluded.sequence > click.sequence
"""
MAX_BYTES: Final = 2_000_000
ABOUT_CLICKS: Final = ("click.recorded", "click.reclassified")


def keep(path: str, events: list[dict[str, Any]]) -> None:
    """All of them or none. A click that no longer matches the endpoint's filter stays known as such."""
    rows = [
        {
            "id": event["data"]["id"],
            "sequence": event["sequence"],
            "is_wanted": event.get("matchesFilter", True),
            "state": json.dumps(event["data"]),
        }
        for event in events
        if event["type"] in ABOUT_CLICKS
    ]
    database = sqlite3.connect(path, timeout=10)
    try:
        with database:
            database.executemany(KEEP, rows)
    finally:
        database.close()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, secret: str, path: str, *given: Any) -> None:
        self._secret = Webhook(secret)
        self._path = path
        super().__init__(*given)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if length > MAX_BYTES:
            self.close_connection = True
            return self._answer(413)
        body = self.rfile.read(length)
        try:
            told = self._secret.verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self._answer(401)
        keep(self._path, told["data"]["events"] if told["type"] == "batch" else [told])
        return self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: what comes is in the file."""


def main() -> None:
    path = os.environ.get("STATE", "received.db")
    with sqlite3.connect(path) as database:
        database.executescript(TABLE)
        if sys.argv[1:] == ["clicks"]:
            for (state,) in database.execute("SELECT state FROM click WHERE is_wanted ORDER BY id"):
                print(state)  # noqa: T201 -- a program
            return
    address = ("127.0.0.1", int(os.environ.get("PORT", "9000")))
    ThreadingHTTPServer(address, partial(Receiver, os.environ["SECRET"], path)).serve_forever()


if __name__ == "__main__":
    main()
