"""Pictures that count how often an opt-in link is seen (IM13): always a picture, recorded only where it is right."""

from pathlib import Path

import asyncpg
import msgspec
import pytest
import redis.asyncio

from redirector.pages import PIXEL
from tests.audience import Answer, Audience, LinkSite, make_link, make_link_site, open_redirector, read_clicks
from tests.clicking import BOT
from tests.integration.redirector.test_changes import archive, wait_for_status
from tests.servers import own_valkey
from tests.waiting import eventually
from tracking.clicks.ids import read_click_ms
from tracking.clock import now_ms
from tracking.impressions.event import Impression, decode_impression
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM, VERSIONS, Mark

pytestmark = pytest.mark.feature("IM13")

PICTURE = ("accept", "image/avif,image/webp,image/*,*/*;q=0.8")
NO_NAVIGATION = ("sec-fetch-mode", "no-cors")


async def show(audience: Audience, path: str = "/imp/abc23XY.gif", *headers: tuple[str, str], host: str) -> Answer:
    """As a browser asks for a picture in a page of somebody else."""
    return await audience.get(path, PICTURE, NO_NAVIGATION, *headers, host=host)


async def read_impressions(client: redis.asyncio.Redis) -> list[Impression]:
    name = VERSIONS[Mark.IMPRESSION]
    return [decode_impression(fields[name]) for _, fields in await client.xrange(CLICK_STREAM) if name in fields]


async def make_system_link(pool: asyncpg.Pool, site: LinkSite, kind: str = "OPT_IN", slug: str = "abc23XY") -> int:
    link_id = await make_link(pool, site, slug)
    await pool.execute("UPDATE link SET kind = 'SYSTEM', system_kind = $1 WHERE id = $2", kind, link_id)
    return link_id


async def test_each_showing_is_recorded_and_is_no_click(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
) -> None:
    link_id, before = await make_system_link(pool, site), now_ms()
    answers = [await show(audience, host=site.host) for _ in range(2)]
    impressions = await read_impressions(redis_client)
    assert {(answer.status, answer.headers["content-type"]) for answer in answers} == {(200, "image/gif")}
    assert answers[0].body.encode("utf-8", "surrogateescape") == PIXEL.body["body"]
    assert [(each.account_id, each.link_id) for each in impressions] == [(site.account_id, link_id)] * 2
    assert len({each.impression_id for each in impressions}) == 2
    assert all(before <= read_click_ms(each.impression_id) <= now_ms() for each in impressions)
    assert await read_clicks(redis_client) == []


def test_the_picture_is_one_pixel_that_nobody_keeps() -> None:
    assert PIXEL.body["body"][:10] == b"GIF89a\x01\x00\x01\x00"
    assert len(PIXEL.body["body"]) == 43
    headers = dict(PIXEL.start["headers"])
    assert (headers[b"content-length"], headers[b"cache-control"]) == (b"43", b"no-store, private")


@pytest.mark.parametrize(
    "header",
    [
        ("user-agent", BOT.decode()),
        ("user-agent", "curl/8.5.0"),
        ("user-agent", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"),
        ("sec-purpose", "prefetch"),
        ("purpose", "prefetch"),
    ],
)
async def test_programs_and_prefetches_get_the_picture_and_see_nothing(
    audience: Audience,
    pool: asyncpg.Pool,
    site: LinkSite,
    redis_client: redis.asyncio.Redis,
    header: tuple[str, str],
) -> None:
    await make_system_link(pool, site)
    assert (await show(audience, "/imp/abc23XY.gif", header, host=site.host)).status == 200
    head = await audience.get("/imp/abc23XY.gif", method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, "", "43")
    assert await read_impressions(redis_client) == []


@pytest.mark.parametrize("kind", ["CAMPAIGN_JOIN", "ACTION_PAGE", "SHARE", None])
async def test_only_opt_in_links_count(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis, kind: str | None
) -> None:
    if kind is None:
        await make_link(pool, site, "abc23XY")
    else:
        await make_system_link(pool, site, kind)
    assert (await show(audience, host=site.host)).status == 200
    assert await read_impressions(redis_client) == []


async def test_what_is_not_there_is_the_same_picture(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
) -> None:
    other = await make_link_site(pool, slug="other")
    await make_system_link(pool, site)
    right = await show(audience, host=site.host)
    wrong = [
        await show(audience, "/imp/guess.gif", host=site.host),
        await show(audience, "/imp/-.gif", host=site.host),
        await show(audience, host=other.host),
        await show(audience, host="nobody.localhost"),
        await show(audience, host="not a host"),
    ]
    assert [answer == right for answer in wrong] == [True] * 5
    assert len(await read_impressions(redis_client)) == 1


async def test_an_archived_link_is_seen_no_more(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
) -> None:
    link_id = await make_system_link(pool, site)
    await archive(pool, site, "abc23XY", link_id)
    await wait_for_status(audience, "/abc23XY", 410)
    assert (await show(audience, host=site.host)).status == 200
    assert await read_impressions(redis_client) == []


async def test_a_test_link_is_seen_by_nobody(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
) -> None:
    await make_system_link(pool, site)
    await pool.execute("UPDATE link SET is_test = true")
    await show(audience, host=site.host)
    assert await read_impressions(redis_client) == []


async def test_it_takes_get_and_head(audience: Audience, site: LinkSite) -> None:
    assert (await audience.get("/imp/abc23XY.gif", method="POST")).status == 405


async def test_a_picture_of_an_opt_in_link_does_not_change_how_it_redirects(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    await make_system_link(pool, site)

    async def read_status() -> int:
        return (await audience.get("/abc23XY")).status

    assert await eventually(read_status, lambda status: status == 302) == 302


class TestRedisDown:
    @pytest.mark.feature("R2", "R3")
    async def test_an_impression_goes_to_disk_and_is_replayed_once(
        self, settings: Settings, pool: asyncpg.Pool, site: LinkSite, tmp_path: Path
    ) -> None:
        link_id = await make_system_link(pool, site)
        with own_valkey() as valkey:
            own = msgspec.structs.replace(settings, redis_url=valkey.url, spool_dir=tmp_path / "spool")
            async with open_redirector(own) as audience, redis.asyncio.Redis.from_url(valkey.url) as client:
                valkey.crash()
                assert (await show(audience, host=site.host)).status == 200
                counters = audience.redirector.counters
                assert (counters.impressions, counters.impressions_not_durable, counters.clicks_spooled) == (1, 0, 1)
                valkey.start()

                async def read() -> list[int]:
                    try:
                        return [each.link_id for each in await read_impressions(client)]
                    except redis.exceptions.RedisError:
                        return []

                assert await eventually(read) == [link_id]

    async def test_without_disk_too_the_picture_is_shown_and_the_loss_is_counted(
        self, settings: Settings, pool: asyncpg.Pool, site: LinkSite, tmp_path: Path
    ) -> None:
        await make_system_link(pool, site)
        with own_valkey() as valkey:
            own = msgspec.structs.replace(
                settings, redis_url=valkey.url, spool_dir=tmp_path / "spool", spool_max_bytes=10
            )
            async with open_redirector(own) as audience:
                valkey.crash()
                answer = await show(audience, host=site.host)
                counters = audience.redirector.counters
        assert (answer.status, answer.headers["content-type"]) == (200, "image/gif")
        assert (counters.impressions, counters.impressions_not_durable) == (0, 1)
