"""A shop that needs no script in the browser: its own server keeps the click id, and reports orders itself.

The cookie is set by the shop's own server, for its scripts not to read, so that browsers that shorten the life of what
scripts store keep it for as long as it says. `python -m examples.server.shop`, with

    CREATRAIL_URL     https://go.brand.example/conv
    SIGNING_KEY       ct_sign_…, of createSigningKey
    OUTBOX            a file for what is on its way; creatrail-outbox.db unless it says otherwise
    PORT              8080 unless it says otherwise
"""

import itertools
import json
import os
import re
import threading
import time
from collections.abc import Mapping
from functools import partial
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from examples.reporting.outbox import Outbox
from examples.reporting.signed_report import send

KEPT_S: Final = 28 * 24 * 3600
PAGE: Final = b"<!doctype html><title>Shoes</title><form method=post action=/orders><button>Buy</button></form>"
_CLICK_ID = re.compile(r"[A-Za-z0-9_-]{34}")


def keep_click(query: str, cookies: str, *, is_private: bool) -> list[str]:
    """Set-Cookie headers for a page that was opened with a click id: the first one stays, the latest is replaced."""
    [given] = parse_qs(query).get("ct", [""])[:1]
    if is_private or not _CLICK_ID.fullmatch(given):
        return []
    is_known = "creatrail_first" in SimpleCookie(cookies)
    names = ["creatrail_latest"] if is_known else ["creatrail_first", "creatrail_latest"]
    return [f"{name}={given}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax; Secure" for name in names]


def write_report(order_id: str, amount: str, currency: str, cookies: str) -> dict[str, str]:
    kept = SimpleCookie(cookies)
    report = {"event": "sale", "txn_id": order_id, "revenue": amount, "currency": currency}
    for field, name in (("click_id", "creatrail_latest"), ("first_click_id", "creatrail_first")):
        if name in kept and _CLICK_ID.fullmatch(kept[name].value):
            report[field] = kept[name].value
    return report


class Shop(BaseHTTPRequestHandler):
    _numbers = itertools.count(time.time_ns())

    def __init__(self, outbox: Outbox, *given: Any) -> None:
        self._outbox = outbox
        super().__init__(*given)

    def do_GET(self) -> None:
        is_private = self.headers.get("Sec-GPC") == "1"
        cookies = keep_click(urlsplit(self.path).query, self.headers.get("Cookie", ""), is_private=is_private)
        self._answer(200, "text/html", PAGE, cookies)

    def do_POST(self) -> None:
        """An order of one pair of shoes. The report is on disk before the buyer hears of the order."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        order_id = str(next(self._numbers))
        self._outbox.add(order_id, write_report(order_id, "59.90", "EUR", self.headers.get("Cookie", "")))
        self._answer(201, "application/json", json.dumps({"order": order_id}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name in the library
        """Nothing."""

    def _answer(self, status: int, kind: str, body: bytes, cookies: list[str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for cookie in cookies or []:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)


def serve(environment: Mapping[str, str]) -> None:
    reporting = partial(send, environment["CREATRAIL_URL"], environment["SIGNING_KEY"])
    outbox = Outbox(Path(environment.get("OUTBOX", "creatrail-outbox.db")), reporting)
    threading.Thread(target=outbox.run, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(environment.get("PORT", "8080"))), partial(Shop, outbox)).serve_forever()


if __name__ == "__main__":
    serve(os.environ)
