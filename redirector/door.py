"""One request of an audience, from its headers to its answer. Nothing here waits for PostgreSQL (rule 1)."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
import structlog

from redirector.counters import Counters
from redirector.days import Days, LocalDay
from redirector.facts import Headers, RequestShape, Shapes
from redirector.html_pages.branded import make_gone
from redirector.html_pages.continue_page import make_continue_page
from redirector.memory.entries import NO_RULES, LinkEntry, choose_target, write_location
from redirector.pages import SPECULATION_REFUSED, send_page
from redirector.quick_answer import REDIRECT_HEADERS, Cycle, QuickProtocol, write_redirect
from redirector.recording.recorder import Recorder
from redirector.visitor import ClientAddresses
from tracking.clicks.event import (
    MAX_QUERY_BYTES,
    MAX_REFERRER_BYTES,
    ClickEvent,
    Fact,
    VisitorMethod,
    encode_click,
)
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.own_clicks import read_test_cookie
from tracking.clicks.probes import PROBE_HEADER, is_probe
from tracking.clicks.tokens import ClickTokens
from tracking.clicks.visitors import (
    COOKIE_MAX_AGE_S,
    COOKIE_NAME,
    make_cookie,
    name_contact,
    read_cookie,
    write_cookie,
)
from tracking.clock import now_ms
from tracking.links.rules import PreparedDestination
from tracking.settings import Settings

Scope = Any
Send = Callable[[Any], Any]

# As enums are slow to test.
_CONFIRMATION_ASKED: Final = int(Fact.CONFIRMATION_ASKED)
_INTERSTITIAL_SHOWN: Final = int(Fact.INTERSTITIAL_SHOWN)
_PAGE: Final = _CONFIRMATION_ASKED | _INTERSTITIAL_SHOWN
_TEST: Final = int(Fact.TEST)
_EMPTY_BODY: Final = {"type": "http.response.body", "body": b""}

log = structlog.get_logger()


_Visitor = tuple[bytes, int, bytes | None]
"""The key and how it was made, and the cookie to set, if any. A plain tuple, as a named one costs time here."""


class Visit(msgspec.Struct, gc=False):
    """What a request came to, for its answer. Without a record its click was lost, which is counted already."""

    entry: LinkEntry
    shape: RequestShape
    at_ms: int
    click_id: bytes
    facts: int
    cookie: bytes | None
    record: bytes | None


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
        if entry.terms.is_archived:
            self._counters.archived += 1
            await send_page(send, make_gone(entry.account.branding), is_head=scope["method"] == "HEAD")
            return
        visit = self._see(scope, headers, entry, placement)
        is_durable = visit.record is not None and await self._recorder.record(visit.record)
        await self._answer(visit, self._make_token(visit, is_durable=is_durable), scope, send)

    def follow_quickly(self, protocol: QuickProtocol, cycle: Cycle, headers: Headers, entry: LinkEntry) -> None:
        """The same for a link that is not archived, without a task, which would cost as much as all of this."""
        visit = self._see(cycle.scope, headers, entry, "")
        answer = partial(self._answer_quickly, protocol, cycle, visit)
        if visit.record is None:
            asyncio.get_running_loop().call_soon(answer, False)
        else:
            self._recorder.record_then(visit.record, answer)

    def _see(self, scope: Scope, headers: Headers, entry: LinkEntry, placement: str) -> Visit:
        """Everything about a request but its answer. Whatever fails here, the visitor is answered."""
        shape = self._shapes.read(headers, scope["method"], self._addresses.find_scheme(scope, headers))
        at_ms = now_ms()
        click_id = self._mint(at_ms)
        cookie = None
        facts = shape.facts
        try:
            day = self._days.find(entry.account.timezone, at_ms)
            client_ip = self._addresses.find(scope, headers)
            key, method, cookie = self._identify(headers, entry, shape, day, client_ip)
            if entry.terms.rules is not NO_RULES or b"cookie" in headers or PROBE_HEADER in headers:
                facts |= self._find_test(headers, entry, at_ms)
                facts |= _find_page(entry, shape, facts)
            record = _write_click(
                scope, headers, entry, shape, key, method, click_id, day.number, facts, client_ip, placement
            )
        except Exception:
            self._counters.clicks_not_durable += 1
            log.exception("click not recorded", link_id=entry.link_id, trace_id=click_id.hex())
            record = None
        return Visit(entry, shape, at_ms, click_id, facts, cookie, record)

    def _answer_quickly(self, protocol: QuickProtocol, cycle: Cycle, visit: Visit, is_durable: bool) -> None:
        """With the bytes of a redirect if that is all, else, and on connections that end, by a task in ASGI's way."""
        token = self._make_token(visit, is_durable=is_durable)
        try:
            is_redirect = not visit.shape.is_speculative and not visit.facts & _PAGE
            if is_redirect and visit.cookie is None:
                location = _write_location(visit, token, cycle.scope["query_string"])
                if write_redirect(cycle, location):
                    self._counters.redirects += 1
                    return
        except Exception:  # a task says so in an answer
            log.exception("not answered at once", link_id=visit.entry.link_id)

        async def answer(scope: Scope, _receive: Any, send: Send) -> None:
            await self._answer(visit, token, scope, send)

        protocol.start_task(cycle, answer)

    async def _answer(self, visit: Visit, token: bytes | None, scope: Scope, send: Send) -> None:
        if visit.shape.is_speculative:
            self._counters.prefetches_refused += 1
            await send_page(send, SPECULATION_REFUSED, is_head=scope["method"] == "HEAD")
            return
        if visit.facts & _PAGE:
            self._count_page(visit.facts)
            target = _choose_target(visit, scope["query_string"])
            page = make_continue_page(scope, visit.entry, target, token, visit.cookie)
            await send_page(send, page, is_head=False)
            return
        self._counters.redirects += 1
        await _redirect(_write_location(visit, token, scope["query_string"]), visit.cookie, send)

    def _count_page(self, facts: int) -> None:
        if facts & _CONFIRMATION_ASKED:
            self._counters.confirmations_asked += 1
        else:
            self._counters.interstitials_shown += 1

    def _make_token(self, visit: Visit, *, is_durable: bool) -> bytes | None:
        return self._sign(visit.click_id) if is_durable and not visit.shape.is_answered_plainly else None

    def _find_test(self, headers: Headers, entry: LinkEntry, at_ms: int) -> int:
        """The fact of a test, if this click is one: by its link, by an operator's probe, by a browser of the brand."""
        is_test = (
            entry.terms.rules.is_test
            or (PROBE_HEADER in headers and is_probe(headers[PROBE_HEADER], self._keys, at_ms))
            or read_test_cookie(headers, self._cookie_secret, at_ms) == entry.account.account_id
        )
        return _TEST if is_test else 0

    def _identify(
        self, headers: Headers, entry: LinkEntry, shape: RequestShape, day: LocalDay, client_ip: str
    ) -> _Visitor:
        """The visitor key of rule 5: the contact, else our cookie that came in, else the hash of the day."""
        contact_id = entry.terms.contact_id
        if contact_id is not None:
            return name_contact(contact_id), VisitorMethod.CONTACT, None
        account = entry.account
        key = day.hash.find_key(account.account_id, client_ip, shape.user_agent, shape.accept_language)
        if account.uses_visitor_cookie and not shape.facts & Fact.GLOBAL_PRIVACY_CONTROL:
            return self._identify_by_cookie(headers, shape, day, key)
        return key, day.method, None

    def _identify_by_cookie(self, headers: Headers, shape: RequestShape, day: LocalDay, day_hash: bytes) -> _Visitor:
        known = read_cookie(headers.get(b"cookie", b""), self._cookie_secret)
        if known is not None:
            return known.find_key(day.number), VisitorMethod.COOKIE, None
        if shape.is_answered_plainly:
            return day_hash, day.method, None
        value = write_cookie(make_cookie(day.number, day_hash), self._cookie_secret)
        secure = b"; Secure" if shape.facts & Fact.OVER_TLS else b""
        cookie = b"%b=%b; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%b" % (COOKIE_NAME, value, COOKIE_MAX_AGE_S, secure)
        return day_hash, day.method, cookie


def _find_page(entry: LinkEntry, shape: RequestShape, facts: int) -> int:
    """The facts of the page that this request is answered with; none for a redirect.

    Whoever is plainly a program is sent on, but for those that ask what to show of the link.
    """
    rules = entry.terms.rules
    if shape.is_speculative:
        return 0
    shown = 0 if rules.interstitial is None else _INTERSTITIAL_SHOWN
    if shape.is_answered_plainly:
        return shown if shape.is_preview else 0
    return shown | _CONFIRMATION_ASKED if rules.asks_to_confirm and not facts & _TEST else shown


def _write_click(  # noqa: PLR0917 -- see the docstring
    scope: Scope,
    headers: Headers,
    entry: LinkEntry,
    shape: RequestShape,
    visitor_key: bytes,
    visitor_method: int,
    click_id: bytes,
    visitor_day: int,
    facts: int,
    client_ip: str,
    placement: str,
) -> bytes:
    """By position, as names cost time here: the order is that of ClickEvent."""
    terms = entry.terms
    return encode_click(
        ClickEvent(
            click_id,
            entry.account.account_id,
            entry.link_id,
            entry.campaign_id,
            entry.creator_id,
            terms.message_id,
            terms.slot,
            terms.contact_id,
            terms.offer_id,
            terms.sharer_id,
            visitor_key,
            visitor_method,
            visitor_day,
            facts,
            client_ip,
            shape.user_agent,
            headers.get(b"referer", b"")[:MAX_REFERRER_BYTES],
            scope["query_string"][:MAX_QUERY_BYTES],
            placement,
        )
    )


def _choose_target(visit: Visit, query: bytes) -> PreparedDestination | LinkEntry:
    entry = visit.entry
    return entry if entry.terms.rules is NO_RULES else choose_target(entry, visit.at_ms, query)


def _write_location(visit: Visit, token: bytes | None, query: bytes) -> bytes:
    return write_location(_choose_target(visit, query), token)


async def _redirect(location: bytes, cookie: bytes | None, send: Send) -> None:
    headers = [(b"location", location), *REDIRECT_HEADERS]
    if cookie is not None:
        headers.append((b"set-cookie", cookie))
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send(_EMPTY_BODY)
