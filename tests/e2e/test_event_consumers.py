"""The consumers of `examples/events` on real programs: killed, started anew, left behind, and with a key that ended."""

import asyncio
import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from creatrail.embedded.folders import PROJECT
from tests.chaos.events.disturbances import RECLASSIFY
from tests.chaos.events.example_readers import list_examples, make_reader
from tests.chaos.events.oracle import Counts, read_counts, read_report
from tests.chaos.events.readers import Reader
from tests.e2e.brand import Brand, Link
from tests.waiting import DEADLINE_S, eventually
from tracking.events.relay import delete_old_events
from tracking.settings import read_environment

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("R13")]

CONSUMERS = ("python", "over websockets", "over http")
REVOKE = """
    mutation ($id: ID!) { revokeApiKey(input: {id: $id}) { __typename } }
"""
CREATE_KEY = """
    mutation {
      createApiKey(input: {name: "events", scopes: [READ]}) { ... on CreateApiKeySuccess { token apiKey { id } } }
    }
"""
_addresses = itertools.count(1)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return list_examples(tmp_path_factory.mktemp("examples"))


@pytest.fixture(params=CONSUMERS)
def reader(
    request: pytest.FixtureRequest, brand: Brand, tmp_path: Path, examples: dict[str, list[str]]
) -> Iterator[Reader]:
    """It does not run yet."""
    made = make_reader(brand, tmp_path, request.param, examples[request.param])
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()


async def click(brand: Brand, link: Link, count: int = 3) -> None:
    """By one visitor more, as often."""
    address = f"198.51.100.{next(_addresses) % 250}"
    for _ in range(count):
        answer = await brand.follow(link.slug, X_Forwarded_For=address)
        assert answer.status_code == 302


async def judge_otherwise(brand: Brand, link: Link, verdict: str) -> None:
    answer = await brand.ask(RECLASSIFY, links=[link.id], verdict=verdict)
    assert answer == {"__typename": "ReclassifyClicksSuccess"}


async def await_report(brand: Brand, **expected: int) -> Counts:
    """Once the one link with clicks has these counters."""

    async def read() -> Counts:
        return await read_report(brand, "UTC")

    return await eventually(read, lambda found: any(expected.items() <= counts.items() for counts in found.values()))


async def await_counts(reader: Reader, report: Counts) -> None:
    async def read() -> Counts:
        assert reader.process is None or reader.process.poll() is None, reader.describe()
        return await asyncio.to_thread(read_counts, reader)

    await eventually(read, lambda found: found == report)


async def test_a_new_consumer_knows_what_was_there_and_goes_on_after_each_kill(brand: Brand, reader: Reader) -> None:
    link = await brand.create_link("https://shop.example/")
    await click(brand, link)
    report = await await_report(brand, totalClicks=3, uniqueClicks=1)
    reader.start()
    await await_counts(reader, report)

    await click(brand, link)
    reader.kill()
    await click(brand, link)
    reader.start()
    await judge_otherwise(brand, link, "BOT")
    reader.kill()
    reader.start()
    report = await await_report(brand, totalClicks=9, botClicks=9)
    await await_counts(reader, report)
    await judge_otherwise(brand, link, "HUMAN")

    report = await await_report(brand, totalClicks=9, uniqueClicks=3, repeatClicks=6)
    await await_counts(reader, report)


async def test_who_was_away_for_longer_than_the_log_is_kept_reads_again_what_is_missing(
    brand: Brand, reader: Reader
) -> None:
    link = await brand.create_link("https://shop.example/")
    await click(brand, link)
    reader.start()
    await await_counts(reader, await await_report(brand, totalClicks=3, uniqueClicks=1))
    reader.kill()
    await click(brand, link)
    await judge_otherwise(brand, link, "BOT")
    report = await await_report(brand, totalClicks=6, botClicks=6)

    await forget_events(brand)
    reader.start()

    await await_counts(reader, report)


async def forget_events(brand: Brand) -> None:
    """All of the log's, as its retention does; not before those who follow it have seen them."""
    async with asyncpg.create_pool(brand.system.postgres.url, min_size=0, max_size=1) as pool:

        async def count_left() -> int:
            await delete_old_events(pool, 0)
            left: int = await pool.fetchval("SELECT count(*) FROM event_log WHERE account_id = $1", brand.account_id)
            return left

        await eventually(count_left, lambda left: left == 0)


async def test_a_consumer_whose_key_was_revoked_ends(brand: Brand, reader: Reader) -> None:
    link = await brand.create_link("https://shop.example/")
    await click(brand, link)
    key = await brand.ask(CREATE_KEY)
    reader.environment = {**reader.environment, "CREATRAIL_KEY": key["token"]}
    reader.start()
    await await_counts(reader, await await_report(brand, totalClicks=3))

    assert await brand.ask(REVOKE, id=key["apiKey"]["id"]) == {"__typename": "RevokeApiKeySuccess"}

    status = await eventually(functools.partial(read_status, reader), lambda status: status is not None)
    assert status == 1, reader.describe()


async def read_status(reader: Reader) -> Any:
    assert reader.process is not None
    return reader.process.poll()


async def test_curl_follows_clicks_as_the_page_says(brand: Brand) -> None:
    [line] = re.findall(r"```sh\n(curl .+?)\n```", (PROJECT / "docs" / "events.md").read_text(), re.DOTALL)
    link = await brand.create_link("https://shop.example/")
    address = f"http://127.0.0.1:{brand.system.settings.api_port}/graphql"
    given = {**read_environment(), "CREATRAIL_URL": address, "CREATRAIL_KEY": brand.token}
    curl = await asyncio.create_subprocess_shell(f"exec {line}", env=given, stdout=asyncio.subprocess.PIPE)
    try:
        assert curl.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            await curl.stdout.readuntil(b"StreamReady")
            await click(brand, link)
            await curl.stdout.readuntil(b"ClickRecorded")
    finally:
        curl.kill()
        await curl.communicate()
