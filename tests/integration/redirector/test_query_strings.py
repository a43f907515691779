"""No query string reaches a log line, and the search for what leaked would see one (tests/leaks.py)."""

from typing import Any

import pytest
import structlog

from redirector.app import Redirector
from tests.audience import Audience, LinkSite
from tests.leaks import find_leaks

QUERY = "email=planted.anna@mail.example&secret=planted-secret-77"
log = structlog.get_logger()
find = Redirector.follow_by_route


async def find_and_tell(self: Redirector, scope: Any, send: Any) -> None:
    """The mistake: it logs what was asked for, as servers do by themselves."""
    log.info("asked", query=scope["query_string"].decode("latin-1"))
    await find(self, scope, send)


@pytest.mark.feature("R10")
async def test_a_redirector_that_logs_query_strings_is_found_out_and_ours_does_not(
    audience: Audience, site: LinkSite, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert site
    await audience.get(f"/abc23XY?{QUERY}")
    ours = "".join(capfd.readouterr())
    monkeypatch.setattr(Redirector, "follow_by_route", find_and_tell)
    await audience.get(f"/abc23XZ?{QUERY}")
    mistaken = "".join(capfd.readouterr())

    assert find_leaks(ours, ["planted"]) == []
    assert find_leaks(mistaken, ["planted"]) != []
