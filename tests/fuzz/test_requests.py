"""Whatever a client writes, the redirector answers, and it sends nobody anywhere but to the brand's destination."""

import asyncio
from typing import Final, NamedTuple

import asyncpg
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audience import DESTINATION, Audience, make_link, make_link_site, open_redirector, read_action
from tracking.settings import Settings

SLUG: Final = "anna"
ASKING: Final = "berta"


class Request(NamedTuple):
    method: str
    host: str
    path: str
    query: str
    headers: list[tuple[str, str]]


NAMES: Final = [
    *("user-agent", "accept", "accept-language", "cookie", "referer", "from", "creatrail-test", "x-requested-with"),
    *("sec-purpose", "purpose", "x-purpose", "x-moz", "sec-gpc", "sec-fetch-mode", "sec-fetch-user"),
    *("sec-ch-ua", "sec-ch-ua-mobile", "x-forwarded-for", "x-forwarded-proto"),
]
LATIN: Final = st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=80)
TELLING: Final = st.sampled_from(
    ["prefetch", "?1", "navigate", "ctv=", "ctt=", "Mozilla/5.0", "Googlebot", "*/*", "1.2.3.4, x", ""]
)
HEADERS: Final = st.lists(st.tuples(st.sampled_from(NAMES), LATIN | TELLING), max_size=8)
HOSTS: Final = (
    st.sampled_from(["acme.localhost", "ACME.localhost:8080", "acme.localhost.", "x", "", "[::1]", "a@b"]) | LATIN
)
OWN_PATHS: Final = (f"/{SLUG}/qr.svg", f"/{SLUG}/qr.png", "/o/x", "/t/x", "/o/", "/t/", "/qr.svg")
ASKING_PATHS: Final = (f"/{ASKING}", f"/{ASKING}/continue", f"/{SLUG}/continue/x", f"/{ASKING}~story/continue/x")
PATHS: Final = st.sampled_from(
    [f"/{SLUG}", f"/{SLUG.upper()}~story", "/", "//", "/robots.txt", f"/{SLUG}/", *OWN_PATHS, *ASKING_PATHS]
) | st.text(max_size=60).map(lambda text: f"/{text}")
REQUEST: Final = st.builds(Request, st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]), HOSTS, PATHS, LATIN, HEADERS)
ANSWERS: Final = {200, 302, 303, 400, 404, 405, 429, 503}


@pytest.mark.feature("R1")
async def test_every_request_is_answered_and_nobody_is_sent_astray(pool: asyncpg.Pool, settings: Settings) -> None:
    site = await make_link_site(pool)
    await make_link(pool, site, SLUG, is_readable=True, query_policy="APPEND")
    await make_link(pool, site, ASKING, is_readable=True, query_policy="APPEND", bot_mode="CONFIRM")
    loop = asyncio.get_running_loop()

    async with open_redirector(settings) as audience:

        @hypothesis.settings(max_examples=min(hypothesis.settings().max_examples, 4_000))  # each takes milliseconds
        @given(REQUEST)
        def ask(request: Request) -> None:
            asyncio.run_coroutine_threadsafe(_ask(audience, request), loop).result(30)

        await asyncio.to_thread(ask)


async def _ask(audience: Audience, request: Request) -> None:
    path = request.path.encode("utf-8", "replace").decode()
    answer = await audience.send(request.method, path, request.query, [("host", request.host), *request.headers])

    assert answer.status in ANSWERS
    if answer.headers.get("content-type", "").startswith("text/html") and answer.body:
        assert read_action(answer).startswith((f"/{ASKING}/continue", f"/{SLUG}/continue"))
    if answer.status in {302, 303}:
        assert answer.location.startswith(DESTINATION.partition("#")[0])
