"""An audience for tests of the redirector: links in the database, requests as uvicorn hands them over, clicks."""

import asyncio
import html
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

import asyncpg
import redis.asyncio
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl

from redirector.app import Redirector
from redirector.quick_answer import Cycle, QuickProtocol
from tests.clicking import HUMAN, make_account
from tracking.clicks.event import (
    CONFIRMATION_VERSION,
    VERSION,
    ClickEvent,
    Confirmation,
    decode_click,
    decode_confirmation,
)
from tracking.clicks.tokens import ClickTokens
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM

HOST = "acme.localhost"
CLIENT = "203.0.113.7"
DESTINATION = "https://shop.example.com/sale?v=1#top"

Headers = Sequence[tuple[str, str]]

BROWSER: Headers = (
    ("user-agent", HUMAN.decode()),
    ("accept", "text/html,application/xhtml+xml"),
    ("accept-language", "en-GB,en;q=0.5"),
)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str

    @property
    def location(self) -> str:
        return self.headers["location"]

    def read_click_id(self, settings: Settings) -> bytes | None:
        """The id in the destination's `ct`, checked; None when there is none."""
        token = parse_qs(urlsplit(self.location).query).get("ct")
        return ClickTokens(settings.click_token_keys).verify(token[0]) if token else None


def read_action(answer: Answer) -> str:
    """Where Continue of a page that asks to confirm is posted to, as a browser reads it."""
    assert answer.status == 200
    (action,) = re.findall(r'<form method="post" action="([^"]*)">', answer.body)
    return html.unescape(action)


def sign_click(settings: Settings, click_id: bytes) -> str:
    return ClickTokens(settings.click_token_keys).sign(click_id).decode()


class Audience:
    """Asks one redirector in this process."""

    def __init__(self, redirector: Redirector) -> None:
        self.redirector = redirector

    async def get(
        self,
        path: str,
        *headers: tuple[str, str],
        method: str = "GET",
        host: str | None = HOST,
        client: str = CLIENT,
        scheme: str = "http",
    ) -> Answer:
        """A browser's request with these headers added, in which a later header of the same name wins."""
        address, _, query = path.partition("?")
        named = {**dict(BROWSER), **dict(headers)}
        listed = [*([("host", host)] if host is not None else []), *named.items()]
        return await self.send(method, address, query, [*listed], client=client, scheme=scheme)

    async def send(
        self,
        method: str,
        path: str,
        query: str,
        headers: Headers,
        *,
        client: str = CLIENT,
        scheme: str = "http",
        body: bytes = b"",
    ) -> Answer:
        """Exactly these headers."""
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": scheme,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
            "client": (client, 50_000),
            "server": ("127.0.0.1", 8080),
            "state": {},
        }
        return await self._ask(scope, body)

    async def _ask(self, scope: Scope, body: bytes) -> Answer:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        connection = _Connection(scope, receive, send)
        if self.redirector.take(cast(QuickProtocol, connection), connection.cycle):
            await connection.answered.wait()
            if connection.task is not None:
                await connection.task
        else:
            await self.redirector(scope, receive, send)
        if connection.written:
            return _read_answer(connection.written)
        start, content = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
        sent = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], sent, content.decode("utf-8", "surrogateescape"))


class _Connection(asyncio.Transport):
    """A connection of uvicorn's with one request: what is answered at once is written to it, the rest is sent."""

    def __init__(self, scope: Any, receive: Receive, send: Send) -> None:
        super().__init__()
        self.answered = asyncio.Event()
        self.written = b""
        self.task: asyncio.Task[None] | None = None
        self._receive, self._send = receive, send
        self.cycle = Cycle(
            scope=scope,
            transport=self,
            flow=FlowControl(self),
            logger=logging.getLogger("uvicorn.error"),
            access_logger=logging.getLogger("uvicorn.access"),
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.answered.set,
        )

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def start_task(self, cycle: Cycle, app: Any) -> None:
        self.task = asyncio.create_task(app(cycle.scope, self._receive, self._send))
        self.task.add_done_callback(lambda _: self.answered.set())


def _read_answer(written: bytes) -> Answer:
    head, _, body = written.decode("latin-1").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    return Answer(int(start.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body)


@asynccontextmanager
async def open_redirector(settings: Settings) -> AsyncIterator[Audience]:
    """A redirector that runs as in its process, without uvicorn around it."""
    redirector = Redirector(settings)
    async with AsyncExitStack() as stack:
        await redirector.open(stack)
        yield Audience(redirector)


class LinkSite(NamedTuple):
    account_id: int
    domain_id: int
    creator_id: int
    host: str


async def make_link_site(pool: asyncpg.Pool, *, slug: str = "acme", timezone: str = "UTC") -> LinkSite:
    """An account with a verified domain and one creator, whose member id is `member 7`."""
    account_id = await make_account(pool, slug=slug, timezone=timezone)
    host = f"{slug}.localhost"
    domain_id = await pool.fetchval(
        "INSERT INTO tracking_domain (account_id, host, verified_at, has_tls, is_default, created_at)"
        " VALUES ($1, $2, now(), false, true, now()) RETURNING id",
        account_id,
        host,
    )
    creator_id = await pool.fetchval(
        "INSERT INTO creator (account_id, public_id, handle, name, external_id, created_at)"
        " VALUES ($1, $2, 'anna', '', 'member 7', now()) RETURNING id",
        account_id,
        f"p{account_id}",
    )
    return LinkSite(account_id, domain_id, creator_id, host)


async def make_link(
    pool: asyncpg.Pool,
    site: LinkSite,
    slug: str,
    *,
    destination: str = DESTINATION,
    is_readable: bool = False,
    contact_id: int | None = None,
    campaign_id: int | None = None,
    query_policy: str = "IGNORE",
    is_test: bool = False,
    bot_mode: str | None = None,
) -> int:
    link_id: int = await pool.fetchval(
        "INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url, is_destination_overridden,"
        " label, tags, creator_id, contact_id, campaign_id, query_policy, is_test, bot_mode, created_at)"
        " VALUES ($1, $2, $3, $4, 'CREATOR', $5, false, '', '{}', $6, $7, $8, $9, $10, $11, now()) RETURNING id",
        site.account_id,
        site.domain_id,
        slug,
        is_readable,
        destination,
        site.creator_id,
        contact_id,
        campaign_id,
        query_policy,
        is_test,
        bot_mode,
    )
    return link_id


async def read_clicks(client: redis.asyncio.Redis) -> list[ClickEvent]:
    """Every click in the stream, as the worker will read it."""
    entries = await client.xrange(CLICK_STREAM)
    return [decode_click(fields[VERSION]) for _, fields in entries if VERSION in fields]


async def find_clicks(client: redis.asyncio.Redis) -> list[ClickEvent]:
    """The same; none while Redis is away."""
    try:
        return await read_clicks(client)
    except redis.exceptions.RedisError:
        return []


async def read_confirmations(client: redis.asyncio.Redis) -> list[Confirmation]:
    entries = await client.xrange(CLICK_STREAM)
    return [
        decode_confirmation(fields[CONFIRMATION_VERSION]) for _, fields in entries if CONFIRMATION_VERSION in fields
    ]
