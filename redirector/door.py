"""One request of an audience, from its headers to its answer. Nothing here waits for PostgreSQL (rule 1)."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import structlog

from redirector.confirm_page import make_confirm_page
from redirector.counters import Counters
from redirector.days import Days, LocalDay
from redirector.entries import NO_RULES, LinkEntry, choose_target, write_location
from redirector.facts import Headers, RequestShape, Shapes
from redirector.pages import GONE, SPECULATION_REFUSED, send_page
from redirector.quick_answer import REDIRECT_HEADERS, write_redirect
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
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.own_clicks import read_test_cookie
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

_EMPTY_BODY: Final = {"type": "http.response.body", "body": b""}

log = structlog.get_logger()


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
        if entry.terms.is_archived:
            self._counters.archived += 1
            await send_page(send, GONE, is_head=scope["method"] == "HEAD")
            return
        shape = self._shapes.read(headers, scope["method"], self._addresses.find_scheme(scope, headers))
        at_ms = now_ms()
        click_id = self._mint(at_ms)
        rules = entry.terms.rules
        cookie = None
        facts = shape.facts
        try:
            day = self._days.find(entry.account.timezone, at_ms)
            client_ip = self._addresses.find(scope, headers)
            visitor = self._identify(headers, entry, shape, day, client_ip)
            cookie = visitor.cookie
            if rules is not NO_RULES or b"cookie" in headers or PROBE_HEADER in headers:
                facts |= self._find_test(headers, entry, at_ms) or _find_question(entry, shape)
            is_durable = await self._recorder.record(
                _write_click(scope, headers, entry, shape, visitor, click_id, day.number, facts, client_ip, placement)
            )
        except Exception:
            self._counters.clicks_not_durable += 1
            log.exception("click not recorded", link_id=entry.link_id)
            is_durable = False
        if shape.is_speculative:
            self._counters.prefetches_refused += 1
            await send_page(send, SPECULATION_REFUSED, is_head=scope["method"] == "HEAD")
            return
        target = entry if rules is NO_RULES else choose_target(entry, at_ms, scope["query_string"])
        token = self._sign(click_id) if is_durable and not shape.is_answered_plainly else None
        if rules is not NO_RULES and facts & Fact.CONFIRMATION_ASKED:
            self._counters.confirmations_asked += 1
            await send_page(send, make_confirm_page(scope, entry, target, token, cookie), is_head=False)
            return
        self._counters.redirects += 1
        location = write_location(target, token)
        if cookie is not None or not write_redirect(send, location):
            await _redirect(location, cookie, send)

    def _find_test(self, headers: Headers, entry: LinkEntry, at_ms: int) -> int:
        """The fact of a test, if this click is one: by its link, by an operator's probe, by a browser of the brand."""
        is_test = (
            entry.terms.rules.is_test
            or (PROBE_HEADER in headers and is_probe(headers[PROBE_HEADER], self._keys, at_ms))
            or read_test_cookie(headers, self._cookie_secret, at_ms) == entry.account.account_id
        )
        return Fact.TEST if is_test else 0

    def _identify(
        self, headers: Headers, entry: LinkEntry, shape: RequestShape, day: LocalDay, client_ip: str
    ) -> _Visitor:
        """The visitor key of rule 5: the contact, else our cookie that came in, else the hash of the day."""
        contact_id = entry.terms.contact_id
        if contact_id is not None:
            return _Visitor(name_contact(contact_id), VisitorMethod.CONTACT)
        account = entry.account
        key = hash_visitor(day.salt, account.account_id, client_ip, shape.user_agent, shape.accept_language)
        if account.uses_visitor_cookie and not shape.facts & Fact.GLOBAL_PRIVACY_CONTROL:
            return self._identify_by_cookie(headers, shape, day, key)
        return _Visitor(key, day.method)

    def _identify_by_cookie(self, headers: Headers, shape: RequestShape, day: LocalDay, day_hash: bytes) -> _Visitor:
        known = read_cookie(headers.get(b"cookie", b""), self._cookie_secret)
        if known is not None:
            return _Visitor(known.find_key(day.number), VisitorMethod.COOKIE)
        if shape.is_answered_plainly:
            return _Visitor(day_hash, day.method)
        value = write_cookie(make_cookie(day.number, day_hash), self._cookie_secret)
        secure = b"; Secure" if shape.facts & Fact.OVER_TLS else b""
        cookie = b"%b=%b; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%b" % (COOKIE_NAME, value, COOKIE_MAX_AGE_S, secure)
        return _Visitor(day_hash, day.method, cookie)


def _find_question(entry: LinkEntry, shape: RequestShape) -> int:
    """The fact that this request is answered with a page that asks to continue: whoever is plainly a program is not."""
    is_asked = entry.terms.rules.asks_to_confirm and not shape.is_answered_plainly and not shape.is_speculative
    return Fact.CONFIRMATION_ASKED if is_asked else 0


def _write_click(  # noqa: PLR0917 -- see the docstring
    scope: Scope,
    headers: Headers,
    entry: LinkEntry,
    shape: RequestShape,
    visitor: _Visitor,
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
            visitor.key,
            visitor.method,
            visitor_day,
            facts,
            client_ip,
            shape.user_agent,
            headers.get(b"referer", b"")[:MAX_REFERRER_BYTES],
            scope["query_string"][:MAX_QUERY_BYTES],
            placement,
        )
    )


async def _redirect(location: bytes, cookie: bytes | None, send: Send) -> None:
    headers = [(b"location", location), *REDIRECT_HEADERS]
    if cookie is not None:
        headers.append((b"set-cookie", cookie))
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send(_EMPTY_BODY)
