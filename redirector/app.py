"""The audience's door: a warm link is answered before uvicorn makes a task of it, everything else by routes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import asyncpg
import structlog
from starlette.applications import Starlette
from starlette.routing import Route

from redirector.continuing import ContinueApp
from redirector.conversions.apps import OFFER_REPORT_PATH, PIXEL_PATH, REPORT_PATH, PixelApp, ReportApp
from redirector.conversions.intake import Intake
from redirector.conversions.nonces import Nonces
from redirector.conversions.preview import PREVIEW_PATH, PreviewApp
from redirector.conversions.proving import Proving
from redirector.conversions.quick_reports import QuickReports
from redirector.conversions.requests import RequestReader
from redirector.counters import Counters, Gauges
from redirector.days import Days
from redirector.door import Door
from redirector.facts import Headers
from redirector.html_pages.branded import make_not_found
from redirector.html_pages.continue_page import CONTINUE_PATH
from redirector.impressions import IMPRESSION_PATH, ImpressionApp
from redirector.memory.cache import LinkCache
from redirector.memory.changes import ChangeFeed
from redirector.memory.entries import LinkEntry
from redirector.memory.hosts import Hosts
from redirector.memory.offers import Offers
from redirector.memory.resolver import Resolver, UnavailableError
from redirector.memory.unknown import MissBudget, UnknownSlugs
from redirector.opt_out import OptOutApp
from redirector.own_clicks import OwnClicksApp
from redirector.pages import (
    BAD_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    RATIONED,
    ROBOTS,
    UNAVAILABLE,
    UNREADABLE,
    Page,
    PageApp,
    send_page,
)
from redirector.qr_codes import QrCodeApp
from redirector.quick_answer import Cycle, QuickProtocol, is_body_unreadable
from redirector.readiness import describe_readiness
from redirector.recording.recorder import Recorder
from redirector.snippets.seen import SEEN_PATH, SeenApp
from redirector.snippets.serving import SCRIPT_PATH, ScriptApp
from redirector.visitor import ClientAddresses
from tracking.bots.crawlers import load_crawlers
from tracking.clicks.own_clicks import TEST_SESSION_PATH
from tracking.clicks.tokens import ClickTokens
from tracking.conversions.kinds import Source
from tracking.database import open_pool
from tracking.links.opt_out import OPT_OUT_PATH
from tracking.links.rules import is_slug, split_placement
from tracking.readiness import Readiness
from tracking.settings import Settings
from tracking.tracing.spans import open_tracer

POOL_SIZE: Final = 4
QUERY_TIMEOUT_S: Final = 2.0
FOLLOWED_METHODS: Final = frozenset({"GET", "HEAD"})

Doors = tuple[Callable[..., Door], Callable[..., Intake], Callable[..., QuickReports]]
"""Who makes them: their classes, or those that also trace."""

log = structlog.get_logger()


class Redirector(Starlette):
    """Runs one event loop's share of redirects. `counters` and `read_gauges` are what the ops listener shows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.counters = Counters()
        self.cache = LinkCache(settings.link_cache_size)
        self.unknown = UnknownSlugs(settings.unknown_cache_size)
        self._budget = MissBudget(settings.unknown_slugs_per_minute)
        self._addresses = ClientAddresses(settings.trusted_proxies)
        self.recorder: Recorder
        self.feed: ChangeFeed
        self.hosts: Hosts
        self._door: Door
        self._intake: Intake
        self._quick_reports: QuickReports
        self._resolver: Resolver
        self._is_open = False
        secret = settings.cookie_secret
        tokens = ClickTokens(settings.click_token_keys)
        qr_codes = QrCodeApp(self.find_link, settings.public_port, self.counters)
        continuing = ContinueApp(self.find_link, self._record, tokens, self._addresses, self.counters)
        impressions = ImpressionApp(self.find_link, self._record, self._addresses, self.counters)
        self._reports = reports = RequestReader(self._addresses)
        routes = [
            Route("/robots.txt", PageApp(ROBOTS)),
            Route(f"{OPT_OUT_PATH}{{token}}", OptOutApp(settings.click_token_keys, self.counters)),
            Route(f"{TEST_SESSION_PATH}{{token}}", OwnClicksApp(secret, self._addresses, self.counters)),
            Route(IMPRESSION_PATH, impressions),
            Route(REPORT_PATH, ReportApp(self._find_intake, Source.POSTBACK, reports, self.counters)),
            Route(PREVIEW_PATH, PreviewApp(self._find_intake, reports, self._addresses, self.counters)),
            Route(OFFER_REPORT_PATH, ReportApp(self._find_intake, Source.OFFER_POSTBACK, reports, self.counters)),
            Route(PIXEL_PATH, PixelApp(self._find_intake, reports, self.counters)),
            Route(SCRIPT_PATH, ScriptApp(self.counters)),
            Route(SEEN_PATH, SeenApp(lambda: self.hosts, self._record, tokens, self.counters)),
            Route("/{slug}/qr.svg", qr_codes),
            Route("/{slug}/qr.png", qr_codes),
            Route(f"/{{slug}}/{CONTINUE_PATH}", continuing),
            Route(f"/{{slug}}/{CONTINUE_PATH}/{{token}}", continuing),
            Route("/{path:path}", _LinkApp(self)),
        ]
        self._own_paths = frozenset(route.path for route in routes)
        super().__init__(routes=routes, lifespan=_run)

    def take(self, protocol: QuickProtocol, cycle: Cycle) -> bool:  # noqa: PLR0911 -- a call more costs every click
        """Follow a link that is in memory, if the request is a usual one. Called from within uvicorn's parser."""
        scope: Any = cycle.scope
        headers: Headers = dict(scope["headers"])
        if is_body_unreadable(headers):
            protocol.start_task(cycle, PageApp(UNREADABLE))
            return True
        if not self._is_open or scope["method"] not in FOLLOWED_METHODS:
            return False
        if scope["path"] == REPORT_PATH:
            return self._quick_reports.take(protocol, cycle, headers)
        links = self.cache.spellings.get(headers.get(b"host", b""))
        if links is None or len(headers) != len(scope["headers"]):
            return False
        entry = links.get(scope["path"][1:])
        if entry is None or entry.terms.is_archived:
            return self._start_following(protocol, cycle)
        try:
            self._door.follow_quickly(protocol, cycle, headers, entry)
        except Exception:  # uvicorn would say that the request is invalid
            log.exception("not followed at once", link_id=entry.link_id)
            return False
        return True

    def _start_following(self, protocol: QuickProtocol, cycle: Cycle) -> bool:
        """A link that is not in memory yet is in a hurry, too: routes would be tried one by one, its own the last."""
        path = cycle.scope["path"]
        if "/" in path[1:] or path in self._own_paths:
            return False
        protocol.start_task(cycle, self._follow)
        return True

    async def _follow(self, scope: Any, _receive: Any, send: Any) -> None:
        await self.follow_by_route(scope, send)

    async def follow_by_route(self, scope: Any, send: Any) -> None:
        """The same in ASGI's way, for links that are not in memory yet and requests that are unusual."""
        is_head = scope["method"] == "HEAD"
        if scope["method"] not in FOLLOWED_METHODS:
            await send_page(send, METHOD_NOT_ALLOWED, is_head=False)
            return
        headers: Headers = dict(scope["headers"])
        slug, placement = split_placement(scope["path"][1:])
        found = await self.find_link(scope, headers, slug)
        if isinstance(found, Page):
            await send_page(send, found, is_head=is_head)
            return
        await self._door.follow(scope, headers, found, placement, send)

    async def find_link(self, scope: Any, headers: Headers, slug: str) -> LinkEntry | Page:
        """The link of this slug on the host that was asked, archived ones too; or how to refuse."""
        raw_host = headers.get(b"host", b"")
        host = self.cache.note_spelling(raw_host)
        if host is None or sum(name == b"host" for name, _ in scope["headers"]) != 1:
            self.counters.bad_requests += 1
            return BAD_REQUEST
        found = await self._find(host, slug, self._addresses.find(scope, headers))
        self.cache.note_spelling(raw_host)
        return await self._make_not_found(raw_host) if found is NOT_FOUND else found

    async def _make_not_found(self, raw_host: bytes) -> Page:
        """The same for whatever is not there: it tells whose domain this is, and nothing of its links."""
        try:
            terms = await self.hosts.find(raw_host)
        except UnavailableError:
            return NOT_FOUND
        return make_not_found(terms.branding if terms else None)

    async def _find(self, host: str, slug: str, client: str) -> LinkEntry | Page:
        """The link, or how to refuse. Only slugs that are nobody's use up the client's budget, never cold links."""
        if not is_slug(slug):
            self.counters.unknown += 1
            return NOT_FOUND
        entry = self.cache.get(host, slug)
        if entry is not None:
            return entry
        if self._budget.is_spent(client):
            self.counters.rationed += 1
            return RATIONED
        try:
            entry = await self._resolver.find(host, slug)
        except UnavailableError:
            self.counters.unavailable += 1
            return UNAVAILABLE
        if entry is None:
            self._budget.spend(client)
            self.counters.unknown += 1
            return NOT_FOUND
        return entry

    def read_gauges(self) -> Gauges:
        return Gauges(
            cached_links=len(self.cache),
            unknown_slugs=len(self.unknown),
            spool_bytes=self.recorder.spool_bytes,
            spool_bytes_max=self.settings.spool_max_bytes,
            spool_disk_free_bytes=self.recorder.disk_free_bytes,
            redis_connected=self.recorder.is_connected,
            change_log_age_seconds=self.feed.age_s,
            salt_known=self._days.knows_salt,
        )

    def describe_readiness(self) -> Readiness:
        return describe_readiness(self.read_gauges(), self.feed.trouble)

    def _record(self, record: bytes) -> "asyncio.Future[bool]":
        return self.recorder.record(record)

    def _find_intake(self) -> Intake:
        return self._intake

    async def open(self, stack: AsyncExitStack) -> None:
        """Start everything that serves requests; the stack closes it in reverse, the recorder last of all."""
        load_crawlers()
        self.recorder = Recorder(self.settings, self.counters)
        await self.recorder.start()
        stack.push_async_callback(self.recorder.close)
        pool = await open_pool(
            self.settings, max_size=POOL_SIZE, command_timeout_s=QUERY_TIMEOUT_S, resets_sessions=False
        )
        stack.callback(pool.terminate)
        self._days = days = Days(pool)
        await days.start()
        stack.push_async_callback(days.close)
        self.feed = ChangeFeed(self.settings, self.cache, self.unknown, self.counters)
        self.feed.start()
        stack.push_async_callback(self.feed.close)
        self._resolver = Resolver(pool, self.cache, self.unknown, self.feed, self.counters)
        stack.push_async_callback(self._resolver.close)
        self.hosts = Hosts(pool, self.feed, self.counters)
        stack.push_async_callback(self.hosts.close)
        self._open_doors(stack, pool)
        self._is_open = True

    def _open_doors(self, stack: AsyncExitStack, pool: asyncpg.Pool) -> None:
        settings, counters = self.settings, self.counters
        offers = Offers(pool, self.feed, counters)
        stack.push_async_callback(offers.close)
        nonces = Nonces(settings.redis_url)
        stack.callback(nonces.close)
        proving = Proving(pool, settings.secrets_keys, nonces)
        door, intake, quick_reports = self._choose_doors(stack)
        self._door = door(settings, self.recorder, self._days, counters)
        self._intake = intake(settings, self.hosts, offers, proving, find_link=self.find_link, record=self._record)
        self._quick_reports = quick_reports(self._reports, self._intake, self.recorder, counters)

    def _choose_doors(self, stack: AsyncExitStack) -> Doors:
        tracer = open_tracer(self.settings, "redirector")
        if tracer is None:
            return Door, Intake, QuickReports
        from redirector.tracing import trace_doors  # noqa: PLC0415 -- what traces is loaded for nobody else

        stack.callback(tracer.close)
        return trace_doors(tracer)


class _LinkApp:
    def __init__(self, redirector: Redirector) -> None:
        self._redirector = redirector

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        await self._redirector.follow_by_route(scope, send)


@asynccontextmanager
async def _run(app: Starlette) -> AsyncIterator[None]:
    assert isinstance(app, Redirector)  # noqa: S101 -- Starlette hands back the app that it was given to
    async with AsyncExitStack() as stack:
        await app.open(stack)
        yield


def create_app(settings: Settings) -> Redirector:
    return Redirector(settings)
