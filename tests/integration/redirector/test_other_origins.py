"""What a page of another origin may read of our answers: nothing that tells one visitor from another."""

import asyncpg
import pytest

from redirector.conversions.apps import OFFER_REPORT_PATH, REPORT_PATH
from redirector.conversions.preview import PREVIEW_PATH
from tests.audience import Audience, LinkSite, make_link

ORIGIN = ("origin", "https://evil.example")
OF_VISITORS = ("/abc23XY", "/abc23XY?x=1", "/unknown", "/robots.txt", "/abc23XY/qr.svg", "/o/token", "/t/token")
OF_REPORTERS = (REPORT_PATH, OFFER_REPORT_PATH, PREVIEW_PATH)


@pytest.fixture(autouse=True)
async def link_id(pool: asyncpg.Pool, site: LinkSite) -> int:
    await pool.execute("UPDATE account SET uses_visitor_cookie = true")
    return await make_link(pool, site, "abc23XY")


async def ask_for_permission(audience: Audience, path: str, method: str) -> dict[str, str]:
    """What the answer says of other origins, cold and warm, which are ways of their own."""
    said: dict[str, str] = {}
    for _ in ("cold", "warm"):
        answer = await audience.get(path, ORIGIN, ("cookie", "ctv=somebody"), method=method)
        said |= {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    return said


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("path", OF_VISITORS)
async def test_an_answer_to_a_visitor_is_no_other_pages_to_read(audience: Audience, path: str, method: str) -> None:
    assert await ask_for_permission(audience, path, method) == {}


@pytest.mark.parametrize("path", OF_REPORTERS)
async def test_an_answer_to_a_report_is_anybodys_and_never_with_credentials(audience: Audience, path: str) -> None:
    assert await ask_for_permission(audience, path, "GET") == {"access-control-allow-origin": "*"}
