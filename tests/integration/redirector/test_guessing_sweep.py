"""Who tries thousands of slugs learns of none: unknown, foreign and unlucky ones answer alike, whatever is down."""

import asyncio
import random
import statistics
import time

import asyncpg
import msgspec
import pytest

from tests.audience import HOST, Answer, Audience, LinkSite, make_link, make_link_site, open_redirector
from tracking.settings import Settings

GUESSES = 5_000
AT_ONCE = 50
REFUSED_REDIS_URL = "redis://127.0.0.1:1/0"
ALPHABET = "abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, unknown_slugs_per_minute=10 * GUESSES)


def guess() -> str:
    return "/" + "".join(random.choices(ALPHABET, k=7))  # noqa: S311 -- any slugs will do


async def time_answers(audience: Audience, paths: list[str]) -> tuple[list[Answer], list[float]]:
    """A few at a time; how long each took, in milliseconds."""
    answers: list[Answer] = []
    took_ms: list[float] = []
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(path: str) -> None:
        async with places:
            began_at = time.perf_counter()
            answers.append(await audience.get(path, host=HOST))
            took_ms.append((time.perf_counter() - began_at) * 1_000)

    await asyncio.gather(*(ask(path) for path in paths))
    return answers, took_ms


def describe(name: str, took_ms: list[float]) -> str:
    p50, p95 = statistics.median(took_ms), statistics.quantiles(took_ms, n=20)[-1]
    return f"{name}: {len(took_ms)} answers, p50 {p50:.2f} ms, p95 {p95:.2f} ms"


@pytest.mark.feature("R11")
async def test_a_sweep_of_5000_slugs_tells_nothing_apart(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    other = await make_link_site(pool, slug="other")
    foreign = [guess() for _ in range(200)]
    for path in foreign:
        await make_link(pool, other, path[1:])
    paths = [*foreign, *(guess() for _ in range(GUESSES - len(foreign)))]
    random.shuffle(paths)

    answers, took_ms = await time_answers(audience, paths)
    again, again_ms = await time_answers(audience, foreign)

    print(describe("the sweep", took_ms), describe("foreign ones again", again_ms), sep="\n")  # noqa: T201 -- asked for
    assert {(answer.status, answer.body, tuple(answer.headers.items())) for answer in [*answers, *again]} == {
        (answers[0].status, answers[0].body, tuple(answers[0].headers.items()))
    }
    assert answers[0].status == 404
    assert audience.redirector.read_gauges().cached_links == 0


@pytest.mark.feature("R1")
async def test_without_redis_guessing_is_rationed_all_the_same_and_links_go_on(
    settings: Settings, pool: asyncpg.Pool
) -> None:
    site = await make_link_site(pool)
    await make_link(pool, site, "abc23XY")
    settings = msgspec.structs.replace(settings, redis_url=REFUSED_REDIS_URL, unknown_slugs_per_minute=5)
    async with open_redirector(settings) as audience:
        before = await audience.get("/abc23XY", host=HOST)
        guesses = [(await audience.get(guess(), host=HOST)).status for _ in range(7)]
        after = await audience.get("/abc23XY", host=HOST)

    assert guesses == [404, 404, 404, 404, 404, 429, 429]
    assert (before.status, after.status) == (302, 302)
