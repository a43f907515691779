"""`creatrail erase` has a contact forgotten whom an account knows by its own id."""

import asyncio
import subprocess
import sys

import pytest

from creatrail.embedded.folders import PROJECT
from tests.brand import make_brand
from tests.servers import describe_environment
from tracking.contacts.models import Contact
from tracking.erasure.models import Erasure
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R10")


async def run_erase(settings: Settings, contact: str) -> tuple[int, str]:
    """Its exit status and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "creatrail", "erase", "--account", "acme", "--contact", contact),
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

    status, printed = await run_erase(settings, "ada@example.com")
    again = await run_erase(settings, "ada@example.com")

    erasure = await Erasure.get(contact_id=contact.id)
    assert (status, printed.split(":")[0]) == (0, f"erasure {erasure.id}")
    assert "ada" not in printed
    assert again == (1, "creatrail erase: this account has no such contact\n")
    assert await Contact.all().count() == 0
