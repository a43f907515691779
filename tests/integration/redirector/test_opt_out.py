"""Opt-out addresses: nothing is tracked, and nothing that is down or unknown is in the way."""

from pathlib import Path

import asyncpg
import msgspec
import pytest
import redis.asyncio

from creatrail.embedded.valkey import EmbeddedValkey
from tests.audience import HOST, Audience, open_redirector, read_clicks
from tests.clicking import BOT
from tracking.links.opt_out import sign_opt_out
from tracking.settings import ClickTokenKey, Settings

DESTINATION = "https://brand.example/stop?who=77#done"

pytestmark = pytest.mark.feature("TR24", "R9")


@pytest.fixture
def path(settings: Settings) -> str:
    return f"/o/{sign_opt_out(settings.click_token_keys, DESTINATION)}"


def list_written(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]


class TestAnswer:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_it_leads_to_its_destination_and_adds_nothing(
        self, audience: Audience, path: str, method: str
    ) -> None:
        answer = await audience.get(f"{path}?utm_source=mail", ("cookie", "ctv=x"), method=method)
        assert (answer.status, answer.body) == (302, "")
        assert answer.headers == {
            "location": DESTINATION,
            "cache-control": "no-store, private",
            "x-robots-tag": "noindex",
            "content-length": "0",
        }

    async def test_nothing_is_recorded(
        self, audience: Audience, path: str, redis_client: redis.asyncio.Redis, pool: asyncpg.Pool
    ) -> None:
        await audience.get(path)
        assert await read_clicks(redis_client) == []
        assert audience.redirector.counters.clicks_recorded == 0
        assert await pool.fetchval("SELECT count(*) FROM click") == 0

    @pytest.mark.parametrize(
        "headers",
        [(("user-agent", BOT.decode()),), (("sec-purpose", "prefetch"),), (("from", "a@scanner.example"),)],
    )
    async def test_programs_are_answered_as_people_are(
        self, audience: Audience, path: str, headers: tuple[tuple[str, str], ...]
    ) -> None:
        assert (await audience.get(path, *headers)).location == DESTINATION

    @pytest.mark.parametrize("host", ["nobody.example", "", None, "a b"])
    async def test_any_host_will_do(self, audience: Audience, path: str, host: str | None) -> None:
        assert (await audience.get(path, host=host)).location == DESTINATION

    async def test_a_program_that_unsubscribes_by_post_posts_to_the_destination(
        self, audience: Audience, path: str
    ) -> None:
        answer = await audience.get(path, method="POST")
        assert (answer.status, answer.location) == (307, DESTINATION)

    @pytest.mark.parametrize("ending", [".", ",", ")", "!'"])
    async def test_what_ends_a_sentence_is_no_part_of_it(self, audience: Audience, path: str, ending: str) -> None:
        assert (await audience.get(path + ending)).location == DESTINATION


async def test_addresses_that_were_sent_outlive_new_secrets(settings: Settings, path: str) -> None:
    keys = (ClickTokenKey(2, b"a newer click token key"), *settings.click_token_keys)
    rotated = msgspec.structs.replace(settings, cookie_secret=b"another cookie secret", click_token_keys=keys)
    async with open_redirector(rotated) as audience:
        assert (await audience.get(path)).location == DESTINATION


class TestRefusal:
    async def test_what_we_did_not_sign_leads_nowhere(self, audience: Audience, path: str) -> None:
        forged = sign_opt_out([ClickTokenKey(1, b"x" * 32)], "https://evil.example/")
        for asked in (f"/o/{forged}", path[:-1], f"{path}A", "/o/", "/o/x", f"{path}/x"):
            answer = await audience.get(asked)
            assert answer.status == 404
            assert "location" not in answer.headers

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
    async def test_other_methods_are_refused(self, audience: Audience, path: str, method: str) -> None:
        assert (await audience.get(path, method=method)).status == 405


class TestStoresDown:
    async def test_a_redirector_that_never_saw_a_store_answers(
        self, settings: Settings, valkey: EmbeddedValkey, path: str, tmp_path: Path
    ) -> None:
        valkey.crash()
        nowhere = msgspec.structs.replace(
            settings,
            database_url="postgresql://nobody@127.0.0.1:1/nothing",
            redis_url=valkey.url,
            spool_dir=tmp_path / "spool",
        )
        async with open_redirector(nowhere) as audience:
            assert (await audience.get(path, host=HOST)).location == DESTINATION
            assert (await audience.get("/abc23XY", host=HOST)).status == 503
        assert list_written(tmp_path) == []
