"""One request of an audience, from its headers to its answer. Nothing here waits for PostgreSQL (rule 1)."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import structlog

from redirector.counters import Counters
from redirector.days import Days, LocalDay
from redirector.entries import LinkEntry
from redirector.facts import Headers, RequestShape, Shapes
from redirector.pages import GONE, SPECULATION_REFUSED, send_page
from redirector.recorder import Recorder
from redirector.visitor import ClientAddresses
from tracking.clicks.event import (
    MAX_QUERY_BYTES,
    MAX_REFERRER_BYTES,
    ClickEvent,
    Fact,
    VisitorMethod,
    encode_click,
)
from tracking.clicks.ids import ClickIdMint, read_click_ms
from tracking.clicks.probes import PROBE_HEADER, is_probe
from tracking.clicks.tokens import ClickTokens
from tracking.clicks.visitors import (
    COOKIE_MAX_AGE_S,
    COOKIE_NAME,
    hash_visitor,
    make_cookie,
    name_contact,
    read_cookie,
    write_cookie,
)
from tracking.clock import now_ms
from tracking.settings import Settings

Scope = Any
Send = Callable[[Any], Any]

_REDIRECT_HEADERS: Final = [
    (b"cache-control", b"no-store, private"),
    (b"x-robots-tag", b"noindex"),
    (b"content-length", b"0"),
]
_EMPTY_BODY: Final = {"type": "http.response.body", "body": b""}

log = structlog.get_logger()


class _Request:
    """What one request says, worked out once."""

    __slots__ = ("client_ip", "day", "headers", "placement", "query", "shape")

    def __init__(
        self, scope: Scope, headers: Headers, placement: str, *, shape: RequestShape, client_ip: str, day: LocalDay
    ) -> None:
        self.headers = headers
        self.query: bytes = scope["query_string"]
        self.placement = placement
        self.shape = shape
        self.client_ip = client_ip
        self.day = day


class _Visitor(NamedTuple):
    """Whose click it is, and the cookie to set, if any."""

    key: bytes
    method: int
    cookie: bytes | None = None


class Door:
    def __init__(self, settings: Settings, recorder: Recorder, days: Days, counters: Counters) -> None:
        self._keys = settings.click_token_keys
        self._cookie_secret = settings.cookie_secret
        self._recorder = recorder
        self._days = days
        self._counters = counters
        self._mint = ClickIdMint().mint
        self._sign = ClickTokens(settings.click_token_keys).sign
        self._shapes = Shapes()
        self._addresses = ClientAddresses(settings.trusted_proxies)

    async def follow(self, scope: Scope, headers: Headers, entry: LinkEntry, placement: str, send: Send) -> None:
        """Record the click, then send the visitor on; with a click id only when the click is durable (rule 2)."""
        if entry.is_archived:
            self._counters.archived += 1
            await send_page(send, GONE, is_head=scope["method"] == "HEAD")
            return
        shape = self._shapes.read(headers, scope["method"], self._addresses.find_scheme(scope, headers))
        click_id = self._mint(at_ms := now_ms())
        cookie = None
        try:
            day = self._days.find(entry.account.timezone, at_ms)
            client_ip = self._addresses.find(scope, headers)
            request = _Request(scope, headers, placement, shape=shape, client_ip=client_ip, day=day)
            visitor = self._identify(request, entry)
            cookie = visitor.cookie
            is_durable = await self._recorder.record(self._write(request, entry, visitor, click_id))
        except Exception:
            self._counters.clicks_not_durable += 1
            log.exception("click not recorded", link_id=entry.link_id)
            is_durable = False
        if shape.is_speculative:
            self._counters.prefetches_refused += 1
            await send_page(send, SPECULATION_REFUSED, is_head=scope["method"] == "HEAD")
            return
        self._counters.redirects += 1
        await self._redirect(entry, shape, click_id if is_durable else None, cookie, send)

    async def _redirect(
        self, entry: LinkEntry, shape: RequestShape, click_id: bytes | None, cookie: bytes | None, send: Send
    ) -> None:
        if click_id is None or shape.is_answered_plainly:
            location = entry.plain_location
        else:
            location = entry.before_click_id + self._sign(click_id) + entry.after_click_id
        headers = [(b"location", location), *_REDIRECT_HEADERS]
        if cookie is not None:
            headers.append((b"set-cookie", cookie))
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send(_EMPTY_BODY)

    def _write(self, request: _Request, entry: LinkEntry, visitor: _Visitor, click_id: bytes) -> bytes:
        headers, facts = request.headers, request.shape.facts
        if PROBE_HEADER in headers and is_probe(headers[PROBE_HEADER], self._keys, read_click_ms(click_id)):
            facts |= Fact.TEST
        return encode_click(
            ClickEvent(
                click_id,
                entry.account.account_id,
                entry.link_id,
                entry.campaign_id,
                entry.creator_id,
                entry.message_id,
                entry.slot,
                entry.contact_id,
                entry.offer_id,
                entry.sharer_id,
                visitor.key,
                visitor.method,
                request.day.number,
                facts,
                request.client_ip,
                request.shape.user_agent,
                headers.get(b"referer", b"")[:MAX_REFERRER_BYTES],
                request.query[:MAX_QUERY_BYTES],
                request.placement,
            )
        )

    def _identify(self, request: _Request, entry: LinkEntry) -> _Visitor:
        """The visitor key of rule 5: the contact, else our cookie that came in, else the hash of the day."""
        if entry.contact_id is not None:
            return _Visitor(name_contact(entry.contact_id), VisitorMethod.CONTACT)
        shape, day = request.shape, request.day
        account = entry.account
        key = hash_visitor(day.salt, account.account_id, request.client_ip, shape.user_agent, shape.accept_language)
        if account.uses_visitor_cookie and not shape.facts & Fact.GLOBAL_PRIVACY_CONTROL:
            return self._identify_by_cookie(request, key)
        return _Visitor(key, day.method)

    def _identify_by_cookie(self, request: _Request, day_hash: bytes) -> _Visitor:
        shape, day = request.shape, request.day
        known = read_cookie(request.headers.get(b"cookie", b""), self._cookie_secret)
        if known is not None:
            return _Visitor(known.find_key(day.number), VisitorMethod.COOKIE)
        if shape.is_answered_plainly:
            return _Visitor(day_hash, day.method)
        value = write_cookie(make_cookie(day.number, day_hash), self._cookie_secret)
        secure = b"; Secure" if shape.facts & Fact.OVER_TLS else b""
        cookie = b"%b=%b; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%b" % (COOKIE_NAME, value, COOKIE_MAX_AGE_S, secure)
        return _Visitor(day_hash, day.method, cookie)
