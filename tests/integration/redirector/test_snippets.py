"""The scripts of the snippets as pages load them, and what pages that run them say of it."""

import gzip

import asyncpg
import pytest
import redis.asyncio

from tests.audience import Answer, Audience, LinkSite, sign_click
from tests.waiting import eventually
from tracking.clicks.ids import ClickIdMint
from tracking.settings import Settings
from tracking.snippets.event import Sighting, decode_sighting
from tracking.snippets.models import SnippetKey
from tracking.snippets.scripts import SCRIPTS
from tracking.snippets.service import create_snippet_key, revoke_snippet_key
from tracking.streams import CLICK_STREAM, VERSIONS, Mark

pytestmark = pytest.mark.feature("LO14")

KEY = "ct_pub_abcdefghijkmnpqrstuvwxyz"
FORM = ("content-type", "application/x-www-form-urlencoded")
SHOP = ("origin", "https://shop.brand.example:8443")


@pytest.mark.parametrize("name", sorted(SCRIPTS))
class TestScripts:
    async def test_pages_of_any_origin_may_load_it_and_keep_it_for_an_hour(self, audience: Audience, name: str) -> None:
        answer = await audience.get(f"/js/v1/{name}")

        assert (answer.status, answer.body.encode()) == (200, SCRIPTS[name].text)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"].startswith("public, max-age=3600, ")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers

    async def test_under_its_digest_it_never_changes(self, audience: Audience, name: str) -> None:
        stem, digest = name.removesuffix(".js"), SCRIPTS[name].digest

        fixed = await audience.get(f"/js/v1/{stem}-{digest}.js")
        older = await audience.get(f"/js/v1/{stem}-{'0' * 12}.js")

        assert fixed.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert older.headers["cache-control"].startswith("public, max-age=3600, ")
        assert fixed.body == older.body == SCRIPTS[name].text.decode()

    async def test_it_is_zipped_for_whoever_takes_that(self, audience: Audience, name: str) -> None:
        answer = await audience.get(f"/js/v1/{name}", ("accept-encoding", "gzip, br"))

        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "accept-encoding"
        assert gzip.decompress(answer.body.encode("utf-8", "surrogateescape")) == SCRIPTS[name].text

    async def test_who_has_it_is_told_so(self, audience: Audience, name: str) -> None:
        etag = (await audience.get(f"/js/v1/{name}")).headers["etag"]

        again = await audience.get(f"/js/v1/{name}", ("if-none-match", etag))
        other = await audience.get(f"/js/v1/{name}", ("if-none-match", 'W/"other"'))

        assert (again.status, again.body, again.headers["etag"]) == (304, "", etag)
        assert other.status == 200

    async def test_every_host_has_it_also_one_that_is_nobodys(self, audience: Audience, name: str) -> None:
        assert (await audience.get(f"/js/v1/{name}", host="unknown.example")).status == 200


@pytest.mark.parametrize("name", ["", "other.js", "creatrail.js.map", "creatrail", "..%2fapp.py", "creatrail-.js"])
async def test_no_other_file_is_there(audience: Audience, name: str) -> None:
    assert (await audience.get(f"/js/v1/{name}")).status == 404


async def read_sightings(client: redis.asyncio.Redis) -> list[Sighting]:
    version = VERSIONS[Mark.SIGHTING]
    return [decode_sighting(fields[version]) for _, fields in await client.xrange(CLICK_STREAM) if version in fields]


@pytest.fixture
async def key(pool: asyncpg.Pool, site: LinkSite) -> str:
    await pool.execute(
        "INSERT INTO snippet_key (account_id, place, key, created_at) VALUES ($1, 1, $2, now())", site.account_id, KEY
    )
    return KEY


class TestSeen:
    async def test_it_is_recorded_with_the_host_and_the_click_of_the_page(
        self, audience: Audience, site: LinkSite, key: str, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        click_id = ClickIdMint().mint()

        answer = await audience.get(f"/seen?key={key}&ct={sign_click(settings, click_id)}", SHOP)

        assert (answer.status, answer.body) == (204, "")
        assert answer.headers["access-control-allow-origin"] == "*"
        [seen] = await read_sightings(redis_client)
        assert (seen.account_id, seen.page_host, seen.click_id) == (site.account_id, "shop.brand.example", click_id)

    async def test_a_click_id_that_is_not_ours_is_none(
        self, audience: Audience, key: str, redis_client: redis.asyncio.Redis
    ) -> None:
        await audience.get(f"/seen?key={key}&ct={'A' * 34}", SHOP)

        [seen] = await read_sightings(redis_client)
        assert seen.click_id is None

    @pytest.mark.usefixtures("key")
    @pytest.mark.parametrize(
        ("origin", "page", "host"),
        [
            ("null", "shop.brand.example", "shop.brand.example"),
            ("null", "", ""),
            ("https://[", "x", ""),
            ("https://evil.example", "shop.brand.example", "evil.example"),
        ],
    )
    async def test_the_browser_knows_better_than_the_page_where_it_is(
        self, audience: Audience, redis_client: redis.asyncio.Redis, origin: str, page: str, host: str
    ) -> None:
        assert (await audience.get(f"/seen?key={KEY}&page={page}", ("origin", origin))).status == 204

        [seen] = await read_sightings(redis_client)
        assert seen.page_host == host

    async def test_what_is_seen_again_at_once_is_not_recorded_again(
        self, audience: Audience, key: str, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        token = sign_click(settings, ClickIdMint().mint())
        for query in (f"key={key}", f"key={key}", f"key={key}&ct={token}", f"key={key}&ct={token}"):
            await audience.get(f"/seen?{query}", SHOP)

        assert [seen.click_id is not None for seen in await read_sightings(redis_client)] == [False, True]
        assert audience.redirector.counters.sightings == 4

    @pytest.mark.usefixtures("key")
    async def test_whoever_knows_the_key_cannot_fill_the_stream_with_hosts(
        self, audience: Audience, redis_client: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("redirector.snippets.seen.MAX_PLACES", 3)

        answers = [await audience.get(f"/seen?key={KEY}", ("origin", f"https://{name}.example")) for name in "abcdea"]

        assert {answer.status for answer in answers} == {204}
        hosts = [seen.page_host for seen in await read_sightings(redis_client)]
        assert hosts == ["a.example", "b.example", "c.example"]

    @pytest.mark.usefixtures("orm")
    async def test_a_key_that_is_revoked_is_refused_within_a_second_or_so(
        self, audience: Audience, site: LinkSite
    ) -> None:
        key_id = await create_snippet_key(site.account_id)
        path = f"/seen?key={(await SnippetKey.get(id=key_id)).key}"

        async def ask() -> int:
            return (await audience.get(path, SHOP)).status

        assert await ask() == 204
        await revoke_snippet_key(site.account_id, key_id)
        await eventually(ask, lambda status: status == 403)

    async def test_without_a_live_key_of_this_host_nothing_is_recorded(
        self, audience: Audience, key: str, redis_client: redis.asyncio.Redis
    ) -> None:
        refused: list[Answer] = [
            await audience.get("/seen", SHOP),
            await audience.get("/seen?key=ct_pub_other", SHOP),
            await audience.get(f"/seen?key={key}", SHOP, host="unknown.example"),
            await audience.get(f"/seen?key={key}", SHOP, method="PUT"),
        ]

        assert [answer.status for answer in refused] == [403, 403, 404, 405]
        assert {answer.headers["access-control-allow-origin"] for answer in refused} == {"*"}
        assert await read_sightings(redis_client) == []
