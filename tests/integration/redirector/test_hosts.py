"""What a redirector knows of the account behind a host: dropped when it changes, served stale without PostgreSQL."""

import asyncio

import asyncpg
import msgspec
import pytest
from tortoise.context import TortoiseContext

from redirector.memory.hosts import HostTerms
from redirector.memory.resolver import UnavailableError
from tests.audience import Audience, LinkSite, make_link_site, open_redirector
from tests.templates import own_migrated_postgres
from tests.waiting import eventually
from tracking.changes.rules import ChangeKind
from tracking.settings import Settings
from tracking.snippets.service import set_snippet_origins

ADD_KEY = "INSERT INTO snippet_key (account_id, place, key, created_at, revoked_at) VALUES ($1, $2, $3, now(), $4)"


async def announce(pool: asyncpg.Pool, kind: ChangeKind, ref_id: int) -> None:
    await pool.execute("INSERT INTO change_log (at, kind, ref_id) VALUES (now(), $1, $2)", kind.value, ref_id)


async def test_a_host_has_the_terms_of_its_account(audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
    await pool.execute(
        "UPDATE account SET snippet_origins = '{https://shop.example}',"
        ' branding = \'["Acme", "https://acme.example", null, null]\' WHERE id = $1',
        site.account_id,
    )
    await pool.execute(ADD_KEY, site.account_id, 1, "ct_pub_one", None)

    terms = await audience.redirector.hosts.find(b"ACME.localhost:8080")

    assert terms is not None
    assert terms.branding is not None
    assert terms.branding.home_url == "https://acme.example"
    assert msgspec.structs.replace(terms, branding=None) == HostTerms(
        account_id=site.account_id,
        snippet_keys=frozenset({"ct_pub_one"}),
        snippet_origins=("https://shop.example",),
        branding=None,
    )


@pytest.mark.parametrize("raw_host", [b"nobody.localhost", b"not a host", b"", b"\xff"])
async def test_what_is_no_host_of_ours_has_none(audience: Audience, site: LinkSite, raw_host: bytes) -> None:
    assert await audience.redirector.hosts.find(raw_host) is None


async def test_an_unverified_host_has_none(audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
    await pool.execute("UPDATE tracking_domain SET verified_at = NULL")
    assert await audience.redirector.hosts.find(site.host.encode()) is None


async def test_what_is_asked_for_at_once_is_one_query(audience: Audience, site: LinkSite) -> None:
    hosts = audience.redirector.hosts
    found = await asyncio.gather(*(hosts.find(site.host.encode()) for _ in range(500)))
    assert {terms.account_id for terms in found if terms} == {site.account_id}
    assert audience.redirector.counters.resolve_queries == 1


@pytest.mark.feature("R8")
async def test_a_change_of_the_account_is_known_within_the_second(
    orm: TortoiseContext, audience: Audience, site: LinkSite
) -> None:
    async def read_origins() -> tuple[str, ...]:
        terms = await audience.redirector.hosts.find(site.host.encode())
        assert terms is not None
        return terms.snippet_origins

    assert await read_origins() == ()
    await set_snippet_origins(site.account_id, ["https://shop.example"])
    await eventually(read_origins, ("https://shop.example",).__eq__)


@pytest.mark.feature("R8")
async def test_a_revoked_key_is_unknown_once_the_account_is_said_to_have_changed(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    async def read_keys() -> frozenset[str]:
        terms = await audience.redirector.hosts.find(site.host.encode())
        assert terms is not None
        return terms.snippet_keys

    await pool.execute(ADD_KEY, site.account_id, 1, "ct_pub_one", None)
    assert await read_keys() == {"ct_pub_one"}
    await pool.execute("UPDATE snippet_key SET revoked_at = now()")
    await announce(pool, ChangeKind.ACCOUNT, site.account_id)
    await eventually(read_keys, frozenset[str]().__eq__)


@pytest.mark.feature("R8")
async def test_a_host_that_comes_to_be_is_found_although_it_was_nobodys(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    hosts = audience.redirector.hosts
    assert await hosts.find(b"new.example") is None
    domain_id = await pool.fetchval(
        "INSERT INTO tracking_domain (account_id, host, verified_at, has_tls, is_default, created_at)"
        " VALUES ($1, 'new.example', now(), true, false, now()) RETURNING id",
        site.account_id,
    )
    await announce(pool, ChangeKind.DOMAIN, domain_id)
    found = await eventually(lambda: hosts.find(b"new.example"), lambda terms: terms is not None)
    assert found is not None
    assert found.account_id == site.account_id


@pytest.mark.feature("R1")
async def test_without_postgresql_a_known_host_is_served_stale_and_nobody_can_tell_of_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with own_migrated_postgres(settings) as (postgres, own):
        pool = await asyncpg.create_pool(own.database_url)
        site = await make_link_site(pool)
        await pool.close()
        async with open_redirector(own) as audience:
            hosts = audience.redirector.hosts
            before = await hosts.find(site.host.encode())
            assert before is not None
            postgres.crash()
            monkeypatch.setattr("redirector.memory.kept.REREAD_AFTER_S", 0.0)
            assert await hosts.find(site.host.encode()) == before
            with pytest.raises(UnavailableError):
                await hosts.find(b"other.localhost")
