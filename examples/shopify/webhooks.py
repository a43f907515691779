"""Takes Shopify's webhooks of orders and refunds, and reports them to Creatrail, signed.

Start it by `python -m examples.shopify.webhooks`, with

    SHOPIFY_SECRET    what Shopify signs its webhooks with
    CREATRAIL_URL     https://go.brand.example/conv
    SIGNING_KEY       ct_sign_…, of createSigningKey
    OUTBOX            a file for what is on its way; creatrail-outbox.db unless it says otherwise
    PORT              8080 unless it says otherwise
"""

import base64
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from examples.reporting.outbox import Outbox
from examples.reporting.signed_report import send
from examples.shopify.orders import read_webhook

MAX_BODY_BYTES: Final = 2 * 1024 * 1024


def is_of_shopify(secret: str, body: bytes, signature: str) -> bool:
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode())


class Webhooks(BaseHTTPRequestHandler):
    """Answers 200 once the report is on disk: before that, Shopify tells it again."""

    def __init__(self, secret: str, outbox: Outbox, *given: Any) -> None:
        self._secret = secret
        self._outbox = outbox
        super().__init__(*given)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self._answer(413)
            return
        body = self.rfile.read(int(length))
        if not is_of_shopify(self._secret, body, self.headers.get("X-Shopify-Hmac-Sha256", "")):
            self._answer(401)
            return
        report = read_webhook(self.headers.get("X-Shopify-Topic", ""), json.loads(body))
        if report is not None:
            self._outbox.add(report.key, report.fields)
        self._answer(200)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name in the library
        """Nothing: an order is personal."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def serve(environment: Mapping[str, str]) -> None:
    reporting = partial(send, environment["CREATRAIL_URL"], environment["SIGNING_KEY"])
    outbox = Outbox(Path(environment.get("OUTBOX", "creatrail-outbox.db")), reporting)
    threading.Thread(target=outbox.run, daemon=True).start()
    address = ("127.0.0.1", int(environment.get("PORT", "8080")))
    ThreadingHTTPServer(address, partial(Webhooks, environment["SHOPIFY_SECRET"], outbox)).serve_forever()


if __name__ == "__main__":
    serve(os.environ)
