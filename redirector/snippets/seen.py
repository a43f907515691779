"""`/seen`: a page of the brand ran the landing snippet. No click, no cookie, and nothing of who opened the page."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from redirector.conversions.answers import PREFLIGHT, make_refusal
from redirector.conversions.parameters import Parameters, read_body, read_parameters
from redirector.conversions.proving import find_host_terms, make_bad_key
from redirector.counters import Counters
from redirector.facts import Headers
from redirector.memory.hosts import Hosts
from redirector.pages import Page, make_page, send_page
from redirector.recording.recorder import Record
from tracking.clicks.tokens import ClickTokens
from tracking.clock import now_ms
from tracking.conversions.reading import RefusalCode, ReportError
from tracking.links.rules import normalise_host
from tracking.snippets.event import Sighting, mark_sighting

SEEN_PATH: Final = "/seen"
NOTED_EVERY_MS: Final = 60_000
MAX_PLACES: Final = 400  # of an account in that time: whoever knows its key can claim any host
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_NOTED: Final = make_page(HTTPStatus.NO_CONTENT, b"", (b"access-control-allow-origin", b"*"))


class SeenApp:
    """What is seen again within the minute is not recorded again: it is the last time alone that is of interest."""

    def __init__(
        self,
        find_hosts: Callable[[], Hosts],
        record: Record,
        tokens: ClickTokens,
        counters: Counters,
    ) -> None:
        self._find_hosts = find_hosts
        self._record = record
        self._tokens = tokens
        self._counters = counters
        self._noted: dict[int, set[tuple[str, bool]]] = {}
        self._noted_since_ms = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        method: str = scope["method"]
        try:
            page = PREFLIGHT if method == "OPTIONS" else await self._answer(scope, receive)
        except ReportError as error:
            page = make_refusal(error)
        await send_page(send, page, is_head=method == "HEAD")

    async def _answer(self, scope: Any, receive: Any) -> Page:
        if scope["method"] not in _METHODS:
            raise ReportError(RefusalCode.METHOD_NOT_ALLOWED, "", "sightings come by GET or POST")
        headers: Headers = dict(scope["headers"])
        body = await read_body(receive, headers) if scope["method"] == "POST" else b""
        given = read_parameters(scope["query_string"], body, headers.get(b"content-type", b""))
        terms = await find_host_terms(self._find_hosts(), headers)
        if given.get("key") not in terms.snippet_keys:
            raise make_bad_key()
        self._counters.sightings += 1
        self._note(terms.account_id, find_page_host(headers, given), self._tokens.verify(given.get("ct", "")))
        return _NOTED

    def _note(self, account_id: int, page_host: str, click_id: bytes | None) -> None:
        at_ms, place = now_ms(), (page_host, click_id is not None)
        if at_ms - self._noted_since_ms >= NOTED_EVERY_MS:
            self._noted.clear()
            self._noted_since_ms = at_ms
        noted = self._noted.setdefault(account_id, set())
        if place not in noted and len(noted) < MAX_PLACES:
            noted.add(place)
            self._record(mark_sighting(Sighting(at_ms, account_id, page_host, click_id)))


def find_page_host(headers: Headers, given: Parameters) -> str:
    """Of the page, as its browser says; a page in a sandbox has no origin, so that the script says it."""
    scheme, _, authority = headers.get(b"origin", b"").decode("latin-1").partition("://")
    return normalise_host(authority if scheme and authority else given.get("page", "")) or ""
