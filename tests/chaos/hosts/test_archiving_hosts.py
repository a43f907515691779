"""A link is archived while one redirector is cut off from every store, and its visitors still reach it (R8)."""

import asyncio
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Final

import asyncpg
import httpx2
import pytest

from tests.chaos.hosts.system import PORT_OF, STORES, HostedSystem
from tests.chaos.site import Site, make_site
from tests.chaos.table import FOUND
from tests.e2e.brand import PERSONS_HEADERS
from tests.waiting import eventually
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.graph_ids import write_graph_id
from tracking.orm import open_orm

pytestmark = pytest.mark.at_length

STALE_MAX_S: Final = 5
ARCHIVE: Final = "mutation ($id: ID!) { archiveLink(input: {id: $id}) { ... on ArchiveLinkSuccess { link { slug } } } }"


@pytest.fixture
def system(hosted: HostedSystem) -> Iterator[HostedSystem]:
    yield hosted
    hosted.stop()


async def follow(system: HostedSystem, redirector: str, site: Site, slug: str) -> int:
    url = f"http://{system.find_host(redirector).address}:{PORT_OF['redirector']}/{slug}"
    async with httpx2.AsyncClient(timeout=30) as client:
        return (await client.get(url, headers={**PERSONS_HEADERS, "Host": site.host})).status_code


async def archive(system: HostedSystem, site: Site, slug: str) -> None:
    """By the second api. Its answer means that it is committed."""
    connection: asyncpg.Connection = await system.open_database()
    link_id = await connection.fetchval(
        "SELECT id FROM link WHERE account_id = $1 AND slug = $2", site.account_id, slug
    )
    await connection.close()
    async with open_orm(system.settings):
        token = (await create_api_key(site.account_id, "hosts", list(Scope))).token
    url = f"http://{system.find_host('api 2').address}:{PORT_OF['api']}/graphql"
    given = {"query": ARCHIVE, "variables": {"id": write_graph_id("Link", link_id)}}
    async with httpx2.AsyncClient(timeout=30) as client:
        answer = (await client.post(url, json=given, headers={"Authorization": f"Bearer {token}"})).json()
    assert answer["data"]["archiveLink"]["link"]["slug"] == slug


async def wait_for(system: HostedSystem, redirector: str, site: Site, slug: str, status: int) -> float:
    """The seconds it took."""
    began_at = time.monotonic()
    await eventually(lambda: follow(system, redirector, site, slug), status.__eq__)
    return time.monotonic() - began_at


@pytest.mark.feature("R1", "R8")
async def test_an_archived_link_stops_where_redirectors_see_it_and_where_they_are_blind_by_the_cap(
    system: HostedSystem, record_property: Callable[[str, object], None]
) -> None:
    connection = await system.open_database()
    site = await make_site(connection)
    await connection.close()
    system.start("redirector", "redirector 2", "api 2", STALE_MAX_S=str(STALE_MAX_S))
    slug, known = site.slugs[:2]
    for redirector in ("redirector", "redirector 2"):
        assert [await follow(system, redirector, site, each) for each in (slug, known)] == [HTTPStatus.FOUND] * 2

    blind = system.find_host("redirector 2")
    for store in STORES:
        system.hosts[store].ignore(blind)
    await archive(system, site, slug)
    seen_s = await wait_for(system, "redirector", site, slug, HTTPStatus.GONE)
    # Blind, it knows no link at all in the end: not this one, and none that nobody archived.
    capped_s = await wait_for(system, "redirector 2", site, slug, HTTPStatus.SERVICE_UNAVAILABLE)
    assert await follow(system, "redirector 2", site, known) == HTTPStatus.SERVICE_UNAVAILABLE

    for store in STORES:
        system.hosts[store].heed(blind)
    back_s = await wait_for(system, "redirector 2", site, slug, HTTPStatus.GONE)
    assert await follow(system, "redirector 2", site, known) == HTTPStatus.FOUND
    found = f"410 after {seen_s:.1f} s; blind: 503 after {capped_s:.1f} s; 410 {back_s:.1f} s after its return"
    done = f"a link is archived while one of two redirectors reaches no store, STALE_MAX_S={STALE_MAX_S}"
    record_property(FOUND, ["hosts", "archive, one redirector cut off", done, found])


@pytest.mark.feature("R8")
async def test_without_a_cap_a_blind_redirector_follows_until_it_sees_again(
    system: HostedSystem, record_property: Callable[[str, object], None]
) -> None:
    connection = await system.open_database()
    site = await make_site(connection)
    await connection.close()
    system.start("redirector 2", "api 2")
    slug = site.slugs[0]
    assert await follow(system, "redirector 2", site, slug) == HTTPStatus.FOUND

    blind = system.find_host("redirector 2")
    for store in STORES:
        system.hosts[store].ignore(blind)
    await archive(system, site, slug)
    await asyncio.sleep(STALE_MAX_S + 1)
    assert await follow(system, "redirector 2", site, slug) == HTTPStatus.FOUND  # as documented: it cannot know
    for store in STORES:
        system.hosts[store].heed(blind)

    back_s = await wait_for(system, "redirector 2", site, slug, HTTPStatus.GONE)
    done = "the same without a cap: it follows the archived link for as long as it is blind"
    record_property(FOUND, ["hosts", "archive, one redirector cut off", done, f"410 {back_s:.1f} s after its return"])
