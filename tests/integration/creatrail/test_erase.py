"""`creatrail erase` has a contact forgotten whom an account knows by its own id, or a visitor by the cookie."""

import asyncio
import subprocess
import sys

import asyncpg
import pytest

from creatrail.embedded.folders import PROJECT
from tests.brand import make_brand
from tests.servers import describe_environment
from tracking.clicks.visitors import make_cookie, write_cookie
from tracking.contacts.models import Contact
from tracking.erasure.models import Erasure
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R10")


async def run_erase(settings: Settings, *whom: str) -> tuple[int, str]:
    """Its exit status and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "creatrail", "erase", "--account", "acme", *whom),
        cwd=PROJECT,
        env=describe_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


@pytest.mark.usefixtures("orm")
async def test_a_known_contact_is_gone_and_an_unknown_one_is_said(settings: Settings) -> None:
    account = await make_brand()
    contact = await Contact.create(account=account, external_id="ada@example.com", name="Ada")

    status, printed = await run_erase(settings, "--contact", "ada@example.com")
    again = await run_erase(settings, "--contact", "ada@example.com")

    erasure = await Erasure.get(contact_id=contact.id)
    assert (status, printed.split(":")[0]) == (0, f"erasure {erasure.id}")
    assert "ada" not in printed
    assert again == (1, "creatrail erase: this account has no such contact\n")
    assert await Contact.all().count() == 0


@pytest.mark.usefixtures("orm")
async def test_a_visitor_is_forgotten_by_the_cookie_and_nobody_by_another_text(
    settings: Settings, pool: asyncpg.Pool
) -> None:
    await make_brand()
    cookie = make_cookie(20_000, bytes(16))

    status, printed = await run_erase(settings, "--visitor", write_cookie(cookie, settings.cookie_secret).decode())
    wrong = await run_erase(settings, "--visitor", "made-up")

    keys = await pool.fetch("SELECT visitor_key FROM erased_visitor")
    assert (status, printed.split(":")[0]) == (0, f"erasure {(await Erasure.get()).id}")
    assert {row["visitor_key"] for row in keys} == {cookie.visitor_id, cookie.day_hash}
    assert wrong == (1, "creatrail erase: this is no cookie of ours: its value is that of ctv, unchanged\n")
