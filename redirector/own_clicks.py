"""`/t/<token>`: begins a session in which the clicks of this browser on its account's links are tests."""

import datetime as dt
from http import HTTPStatus
from typing import Any, Final

from redirector.counters import Counters
from redirector.pages import METHOD_NOT_ALLOWED, NOT_FOUND, make_page, send_page
from redirector.visitor import ClientAddresses
from tracking.clicks.own_clicks import TEST_COOKIE_NAME, read_test_session
from tracking.clock import now_ms

_METHODS: Final = frozenset({"GET", "HEAD"})


class OwnClicksApp:
    def __init__(self, secret: bytes, addresses: ClientAddresses, counters: Counters) -> None:
        self._secret = secret
        self._addresses = addresses
        self._counters = counters

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        is_head = scope["method"] == "HEAD"
        if scope["method"] not in _METHODS:
            await send_page(send, METHOD_NOT_ALLOWED, is_head=False)
            return
        token, at_ms = scope["path_params"]["token"], now_ms()
        session = read_test_session(self._secret, token, at_ms)
        if session is None:
            self._counters.unknown += 1
            await send_page(send, NOT_FOUND, is_head=is_head)
            return
        until = dt.datetime.fromtimestamp(session.until_ms / 1_000, dt.UTC)
        text = f"Until {until:%Y-%m-%d %H:%M} UTC, clicks of this browser on your links here are tests: none counts."
        cookie = self._write_cookie(scope, token, (session.until_ms - at_ms) // 1_000)
        await send_page(send, make_page(HTTPStatus.OK, text, (b"set-cookie", cookie)), is_head=is_head)

    def _write_cookie(self, scope: Any, token: str, lifetime_s: int) -> bytes:
        is_over_tls = self._addresses.find_scheme(scope, dict(scope["headers"])) == "https"
        secure = b"; Secure" if is_over_tls else b""
        lifetime = b"Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%b" % (lifetime_s, secure)
        return b"%b=%b; %b" % (TEST_COOKIE_NAME, token.encode(), lifetime)
