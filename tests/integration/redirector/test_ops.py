"""What operators see on the second listener."""

import asyncpg
import httpx2

from redirector.ops import create_ops_app
from tests.audience import Audience, LinkSite, make_link


async def ask(audience: Audience, path: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=create_ops_app(audience.redirector))
    async with httpx2.AsyncClient(transport=transport, base_url="http://ops") as client:
        return await client.get(path)


async def test_answers_and_clicks_are_counted(audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
    await make_link(pool, site, "abc23XY")
    await audience.get("/abc23XY")
    await audience.get("/nobodys")

    metrics = (await ask(audience, "/metrics")).text.splitlines()

    assert 'creatrail_answers_total{outcome="redirects"} 1.0' in metrics
    assert 'creatrail_answers_total{outcome="unknown"} 1.0' in metrics
    assert "creatrail_clicks_recorded_total 1.0" in metrics
    assert "creatrail_clicks_not_durable_total 0.0" in metrics
    assert "creatrail_cached_links 1.0" in metrics
    assert "creatrail_redis_connected 1.0" in metrics


async def test_a_redirector_that_serves_is_healthy_and_ready(audience: Audience) -> None:
    assert [(await ask(audience, path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]


async def test_links_are_not_served_where_operators_look(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    await make_link(pool, site, "abc23XY")

    assert (await ask(audience, "/abc23XY")).status_code == 404
