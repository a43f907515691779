"""Stores that are down: links that are known go on redirecting, the others come back with the stores."""

import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.chaos.site import Site, make_site
from tests.chaos.tokens import read_click_id
from tests.e2e.brand import PERSONS_HEADERS
from tests.e2e.system import System, open_system
from tests.waiting import eventually


@pytest.fixture
async def system() -> AsyncIterator[System]:
    async with open_system() as system:
        yield system


@pytest.fixture
async def site(system: System) -> Site:
    connection = await system.open_database()
    try:
        return await make_site(connection)
    finally:
        await connection.close()


async def follow(system: System, site: Site, slug: str) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=30) as client:
        url = f"http://127.0.0.1:{system.programs['redirector'].port}/{slug}"
        return await client.get(url, headers={**PERSONS_HEADERS, "Host": site.host})


def read_answered_id(answer: httpx2.Response) -> UUID:
    assert answer.status_code == 302, answer.text
    return read_click_id(answer.next_request.url.params["ct"]) if answer.next_request else UUID(int=0)


async def read_stored_ids(system: System, site: Site) -> set[UUID]:
    connection = await system.open_database()
    try:
        rows: list[Any] = await connection.fetch("SELECT id FROM click WHERE account_id = $1", site.account_id)
    finally:
        await connection.close()
    return {row["id"] for row in rows}


@pytest.mark.feature("R1", "R2")
async def test_without_both_stores_a_known_link_redirects_and_its_click_is_kept(system: System, site: Site) -> None:
    known, unknown = site.slugs[:2]
    system.start("redirector")
    answers = [await follow(system, site, known)]
    system.postgres.crash()
    system.valkey.crash()

    answers.append(await follow(system, site, known))
    refused = await follow(system, site, unknown)
    system.postgres.start()
    system.valkey.start()
    answers.append(await eventually(lambda: follow(system, site, unknown), lambda answer: answer.status_code == 302))
    system.start("ingest")

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    clicked = {read_answered_id(answer) for answer in answers}
    assert len(clicked) == 3
    await eventually(lambda: read_stored_ids(system, site), lambda stored: stored == clicked)


@pytest.mark.feature("R1")
async def test_programs_that_start_before_their_stores_need_no_second_start(system: System, site: Site) -> None:
    system.postgres.stop()
    system.valkey.stop()
    redirector, ingest = system.launch("redirector"), system.launch("ingest")
    redirector.wait_ready()

    refused = await follow(system, site, site.slugs[0])
    system.valkey.start()
    system.postgres.start()
    answer = await eventually(lambda: follow(system, site, site.slugs[0]), lambda answer: answer.status_code == 302)

    assert refused.status_code == 503
    clicked = {read_answered_id(answer)}
    await eventually(lambda: read_stored_ids(system, site), lambda stored: stored == clicked)
    assert (redirector.deaths, ingest.deaths) == (0, 0)


@pytest.mark.feature("R2")
async def test_what_was_replayed_survives_that_redis_forgets_it_again(system: System, site: Site) -> None:
    system.start("redirector")
    answers = [await follow(system, site, site.slugs[0])]
    system.valkey.crash()
    answers += [await follow(system, site, site.slugs[0]) for _ in range(3)]
    [tail] = system.valkey.data.glob("appendonlydir/*.incr.aof")
    before_replay = tail.stat().st_size
    system.valkey.start()

    async def count_spooled() -> int:
        return len(list(system.spool.iterdir()))

    await eventually(count_spooled, lambda count: count == 0)
    system.valkey.crash()
    os.truncate(tail, before_replay)
    system.valkey.start()
    system.start("ingest")

    clicked = {read_answered_id(answer) for answer in answers}
    await eventually(lambda: read_stored_ids(system, site), lambda stored: stored == clicked)
