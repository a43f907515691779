"""What the doctor says about each thing that can be wrong before a click is followed."""

import datetime as dt
from pathlib import Path

import asyncpg
import msgspec
import pytest
import redis.asyncio

from creatrail.doctor.examination import examine
from tests.doctor_lines import Said
from tests.servers import FAST
from tests.service import find_free_ports
from tracking.accounts.models import Account
from tracking.clicks.salts import make_salts
from tracking.clock import utc_now
from tracking.domains.models import TrackingDomain
from tracking.links.models import Link, LinkKind
from tracking.settings import Settings
from tracking.streams import DEAD_CLICK_STREAM


@pytest.fixture
def unserved(settings: Settings) -> Settings:
    """Stores, and nobody at the ports of api and redirector."""
    api, door, ops = find_free_ports(3)
    return msgspec.structs.replace(settings, api_port=api, redirector_port=door, redirector_ops_port=ops)


@pytest.fixture
async def salts(pool: asyncpg.Pool) -> None:
    await make_salts(pool, utc_now())


@pytest.fixture
async def links(orm: object) -> list[Link]:
    """An older link, a readable one, and an archived one, in this order."""
    account = await Account.create(name="A brand", slug="acme")
    domain = await TrackingDomain.create(account=account, host="go.acme.example", verified_at=utc_now())
    rows = (("AbCdEfg", False, None), ("spring", True, None), ("winter", True, utc_now()))
    return [
        await Link.create(
            account=account,
            domain=domain,
            slug=slug,
            is_readable=is_readable,
            kind=LinkKind.CUSTOM,
            destination_url="https://example.com/",
            archived_at=archived_at,
        )
        for slug, is_readable, archived_at in rows
    ]


async def ask_doctor(settings: Settings, wanted: str | None = None) -> Said:
    said = Said()
    assert not await examine(settings, wanted, say=said.lines.append, patience_s=0.1)
    return said


async def test_nobody_at_the_redirectors_port(unserved: Settings, salts: None, links: list[Link]) -> None:
    said = await ask_doctor(unserved)

    assert said.about("postgresql").startswith("ok: version ")
    assert said.about("redis") == "ok: answers; 0 clicks in the stream"
    assert said.about("salts").startswith("ok: made for every date that is today somewhere")
    assert said.about("link") == "ok: go.acme.example/spring"
    assert said.about("redirector").startswith(f"broken: 127.0.0.1:{unserved.redirector_ops_port} does not answer: ")
    assert said.about("redirector").endswith(" / start `creatrail redirector`, or correct REDIRECTOR_OPS_PORT")
    assert said.about("redirect") == said.about("graph") == "skipped: needs what is broken above"


@pytest.mark.parametrize(
    "wanted", ["go.acme.example/spring", "https://GO.acme.example:8080/Spring?x=1", "go.acme.example/AbCdEfg"]
)
async def test_a_link_is_found_by_its_address(unserved: Settings, links: list[Link], wanted: str) -> None:
    said = await ask_doctor(unserved, wanted)

    assert (
        said.about("link").lower()
        == f"ok: {wanted.lower().removeprefix('https://').replace(':8080', '').removesuffix('?x=1')}"
    )


@pytest.mark.parametrize("wanted", ["go.acme.example/abcdefg", "go.acme.example/none", "acme.example/spring", "spring"])
async def test_a_wrong_link(unserved: Settings, links: list[Link], wanted: str) -> None:
    said = await ask_doctor(unserved, wanted)

    assert said.about("link") == (
        f"broken: no account has a link {wanted} / check its host and its slug; slugs mind upper case"
    )


async def test_an_archived_link(unserved: Settings, links: list[Link]) -> None:
    said = await ask_doctor(unserved, "go.acme.example/winter")

    assert said.about("link").startswith("broken: go.acme.example/winter is archived since ")


async def test_no_link_at_all(unserved: Settings) -> None:
    said = await ask_doctor(unserved)

    assert said.about("link") == "broken: there is none to follow / create one, or run `creatrail seed`"


async def test_missing_salts_are_named(unserved: Settings, pool: asyncpg.Pool, salts: None) -> None:
    today = utc_now().date()
    await pool.execute("DELETE FROM visitor_salt WHERE day = $1", today)

    said = await ask_doctor(unserved)

    assert said.about("salts").startswith(f"broken: none for {today}: ")


async def test_a_missing_migration(unserved: Settings, pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("UPDATE tortoise_migrations SET name = 'gone' WHERE name = '0002_click_stores'")
        try:
            said = await ask_doctor(unserved)
        finally:
            await connection.execute("UPDATE tortoise_migrations SET name = '0002_click_stores' WHERE name = 'gone'")

    assert said.about("postgresql") == "broken: lacks 1 migrations, from 0002_click_stores on / run `creatrail migrate`"
    assert said.about("link") == "skipped: needs what is broken above"


async def test_a_migration_of_a_newer_version_and_settings_that_forget_are_warnings(
    unserved: Settings, pool: asyncpg.Pool
) -> None:
    await pool.execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('tracking', '9999_tomorrow', now())"
    )
    try:
        said = await ask_doctor(unserved)
    finally:
        await pool.execute("DELETE FROM tortoise_migrations WHERE name = '9999_tomorrow'")

    assert said.about("postgresql").startswith("ok: version ")
    warnings = said.warnings()
    assert "has 9999_tomorrow of a newer version: upgrade the programs that are left" in warnings
    for name in FAST:  # what servers of tests run without
        assert any(warning.startswith(f"runs with `{name} off`: ") for warning in warnings)


async def test_a_spool_that_cannot_be_written(unserved: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = await ask_doctor(msgspec.structs.replace(unserved, spool_dir=tmp_path / "file" / "spool"))

    assert said.about("machine") == (
        f"broken: the spool {tmp_path}/file/spool cannot be written: Not a directory"
        " / correct SPOOL_DIR, or whose folder it is"
    )


async def test_postgresql_is_away(unserved: Settings) -> None:
    (port,) = find_free_ports(1)
    away = msgspec.structs.replace(unserved, database_url=f"postgresql://nobody@127.0.0.1:{port}/nothing")

    said = await ask_doctor(away)

    assert said.about("postgresql").startswith("broken: does not answer at DATABASE_URL: ")
    assert said.about("postgresql").endswith(" / start it, or correct DATABASE_URL")
    assert said.about("redis").startswith("ok: ")
    assert said.about("link") == said.about("graph") == "skipped: needs what is broken above"


async def test_redis_is_away(unserved: Settings) -> None:
    (port,) = find_free_ports(1)
    away = msgspec.structs.replace(unserved, redis_url=f"redis://127.0.0.1:{port}/0")

    said = await ask_doctor(away)

    assert said.about("redis").startswith("broken: Redis does not answer at REDIS_URL: ")


async def test_dead_letters_are_a_warning(unserved: Settings, redis_client: redis.asyncio.Redis) -> None:
    await redis_client.xadd(DEAD_CLICK_STREAM, {"why": "too_late"})

    said = await ask_doctor(unserved)

    assert "1 clicks could not be stored: see `creatrail dead list`" in said.warnings()


async def test_missing_partitions_are_a_warning(unserved: Settings, pool: asyncpg.Pool) -> None:
    month = f"{utc_now().date() + dt.timedelta(days=28):%Y_%m}"
    for table in ("click", "unique_click"):
        await pool.execute(f"DROP TABLE IF EXISTS {table}_{month}")

    said = await ask_doctor(unserved)

    assert [warning.partition(":")[0] for warning in said.warnings() if month in warning] == [
        f"no partition click_{month}",
        f"no partition unique_click_{month}",
    ]
