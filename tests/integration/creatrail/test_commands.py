"""The commands of operators as they are typed: what they print, and their exit status."""

import asyncio
import sys

import asyncpg
import pytest

from creatrail.embedded.folders import PROJECT
from tests.servers import describe_environment
from tracking.settings import Settings


async def run_command(settings: Settings, *arguments: str) -> tuple[int, list[str]]:
    """Exit status, and the lines of both outputs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "creatrail", *arguments),
        cwd=PROJECT,
        env=describe_environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode().splitlines()


@pytest.mark.feature("R12")
async def test_audit_names_what_does_not_add_up(settings: Settings, pool: asyncpg.Pool) -> None:
    status, lines = await run_command(settings, "seed", "--clicks", "300", "--account", "acme")
    assert (status, lines[-2].partition(" on links")[0]) == (0, "account acme holds 400 clicks")
    assert lines[-1].startswith("its API key, shown this once: ct_live_")

    status, lines = await run_command(settings, "audit", "--account", "acme")
    assert status == 0
    assert lines[-1].endswith(": everything adds up")

    await pool.execute("UPDATE rollup SET human_clicks = human_clicks + 1 WHERE scope = 1 AND grain = 3")
    status, lines = await run_command(settings, "audit")
    assert status == 1
    assert lines[-1].endswith(" differences")
    assert any("found" in line for line in lines[:-1])

    status, lines = await run_command(settings, "repair", "--account", "acme", "--dry-run")
    assert (status, lines[-1]) == (0, "1 counts of 1 accounts would change, 0 are left")
    status, lines = await run_command(settings, "repair", "--from", "2020-01-01")
    assert (status, lines[-1]) == (0, "1 counts of 1 accounts changed, 0 are left")
    assert any("count repaired" in line and "totals = days" in line for line in lines)
    status, lines = await run_command(settings, "audit", "--from", "2020-01-01", "--to", "2100-01-01")
    assert status == 0


async def test_audit_of_an_unknown_account(settings: Settings) -> None:
    assert await run_command(settings, "audit", "--account", "nobody") == (
        2,
        ["creatrail audit: there is no account nobody"],
    )


async def test_repair_of_an_unknown_account(settings: Settings) -> None:
    status, lines = await run_command(settings, "repair", "--account", "nobody")

    assert (status, lines) == (2, ["creatrail repair: there is no account nobody"])


@pytest.mark.parametrize("command", ["audit", "repair"])
async def test_days_that_end_before_they_begin_are_refused(settings: Settings, command: str) -> None:
    status, lines = await run_command(settings, command, "--from", "2026-11-02", "--to", "2026-11-01")

    assert status == 2
    assert any("--to is not before --from" in line for line in lines)


async def test_a_second_seed_says_that_the_demo_is_there(settings: Settings) -> None:
    await run_command(settings, "seed", "--clicks", "50", "--account", "acme")
    status, lines = await run_command(settings, "seed", "--clicks", "50", "--account", "acme")

    assert (status, lines[-1].partition(" on links")[0]) == (0, "account acme held its demo already: 150 clicks")


@pytest.mark.parametrize("slug", ["Acme", "a.b", "-a", ""])
async def test_a_name_that_is_no_label_of_a_host_is_refused(settings: Settings, slug: str) -> None:
    status, lines = await run_command(settings, "seed", "--account", slug)

    assert status == 1
    assert lines[-1].startswith("creatrail seed: a slug has 1 to 63 of a-z, 0-9 and '-'")


async def test_doctor_ends_with_1_when_something_is_broken(settings: Settings) -> None:
    status, lines = await run_command(settings, "doctor", "acme.localhost/nothing")

    assert status == 1
    assert "broken   link        no account has a link acme.localhost/nothing" in lines


@pytest.mark.feature("LO14")
async def test_doctor_examines_conversions_when_it_is_told_to(settings: Settings) -> None:
    status, lines = await run_command(settings, "doctor", "conversions", "acme.localhost/nothing")
    misspelt, _ = await run_command(settings, "doctor", "conversion", "acme.localhost/nothing")

    assert (status, misspelt) == (1, 2)
    assert "broken   link        no account has a link acme.localhost/nothing" in lines
    assert "skipped  conversion  needs what is broken above" in lines


async def test_account_makes_an_account_once_and_a_key_each_time(settings: Settings, pool: asyncpg.Pool) -> None:
    shown = "account acme, links on acme.localhost; its new API key, shown this once: ct_live_"

    for _ in range(2):
        status, [line] = await run_command(settings, "account", "acme", "--timezone", "Europe/Berlin")
        assert (status, line.startswith(shown)) == (0, True)

    assert await pool.fetchval("SELECT timezone FROM account") == "Europe/Berlin"
    assert await pool.fetchval("SELECT count(*) FROM api_key") == 2


async def test_account_names_the_field_that_is_wrong(settings: Settings, pool: asyncpg.Pool) -> None:
    status, lines = await run_command(settings, "account", "acme", "--timezone", "Mars")

    expected = "creatrail account: a time zone is named as IANA does, such as Europe/Berlin or UTC"
    assert (status, lines) == (1, [expected])
    assert await pool.fetchval("SELECT count(*) FROM account") == 0
