"""A domain redirects from the moment it is verified, and its archived links answer until somebody else proves it."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from tests.audience import Audience, LinkSite, make_link, make_link_site
from tests.nameserver import Nameserver, serve_names
from tests.waiting import eventually
from tracking.domains.looking import DomainLooker
from tracking.domains.models import TrackingDomain
from tracking.domains.rules import name_verification_record
from tracking.domains.service import archive_domain, create_domain, verify_domain
from tracking.settings import Settings

pytestmark = [pytest.mark.usefixtures("orm"), pytest.mark.feature("TR2")]
HOST = "go.brand.example"


@pytest.fixture
async def nameserver() -> AsyncIterator[Nameserver]:
    async with serve_names() as served:
        yield served


async def verify(settings: Settings, nameserver: Nameserver, domain: TrackingDomain) -> None:
    nameserver.put(name_verification_record(HOST), "TXT", f'"{domain.verification_token}"')
    looker = DomainLooker(msgspec.structs.replace(settings, dns_resolvers=(nameserver.setting,)))
    await verify_domain(domain.account_id, domain.id, looker)


async def wait_for_status(audience: Audience, status: int) -> None:
    async def read() -> int:
        return (await audience.get("/abc23XY", host=HOST)).status

    await eventually(read, lambda got: got == status)


async def test_a_domain_redirects_once_it_is_verified(
    audience: Audience, site: LinkSite, pool: asyncpg.Pool, settings: Settings, nameserver: Nameserver
) -> None:
    domain = await create_domain(site.account_id, HOST)
    await make_link(pool, site._replace(domain_id=domain.id), "abc23XY")
    assert (await audience.get("/abc23XY", host=HOST)).status == 404

    await verify(settings, nameserver, domain)

    await wait_for_status(audience, 302)


@pytest.mark.feature("R8")
async def test_archived_links_of_an_archived_domain_are_gone_until_it_is_anothers(
    audience: Audience, site: LinkSite, pool: asyncpg.Pool, settings: Settings, nameserver: Nameserver
) -> None:
    domain = await create_domain(site.account_id, HOST)
    link_id = await make_link(pool, site._replace(domain_id=domain.id), "abc23XY")
    await verify(settings, nameserver, domain)
    await pool.execute("UPDATE link SET archived_at = now() WHERE id = $1", link_id)
    await archive_domain(site.account_id, domain.id)
    await wait_for_status(audience, 410)
    later = await make_link_site(pool, slug="later")

    await verify(settings, nameserver, await create_domain(later.account_id, HOST))

    await wait_for_status(audience, 404)
