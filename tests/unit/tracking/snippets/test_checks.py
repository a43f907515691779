"""What the live checks say of an installation, thing by thing."""

import datetime as dt

import pytest

from tracking.domains.rules import DomainStatus
from tracking.snippets.checks import CheckName, CheckState, TrackingCheck, check_tracking
from tracking.snippets.queries import Installation, SnippetDomain

pytestmark = pytest.mark.feature("LO14")

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATELY, LONG_AGO = NOW - dt.timedelta(days=1), NOW - dt.timedelta(days=8)
DOMAIN = SnippetDomain("go.brand.example", has_tls=True, status=DomainStatus.VERIFIED)
NOTHING = Installation(None, None, [], [], None, 0, 0, 0, 0)
EVERYTHING = Installation(LATELY, LATELY, ["brand.example"], ["brand.example"], LATELY, 10, 10, 8, 8)


def look(
    installation: Installation, *, domain: SnippetDomain | None = DOMAIN, has_key: bool = True
) -> dict[str, TrackingCheck]:
    checks = check_tracking(domain, installation, has_key=has_key, now=NOW)
    assert [check.name for check in checks] == list(CheckName)
    return {check.name.value: check for check in checks}


def test_where_all_is_there_all_is_well() -> None:
    checks = look(EVERYTHING)

    assert {check.state for check in checks.values()} == {CheckState.OK}
    assert checks["SNIPPET"].hosts == ("brand.example",)
    assert (checks["TXN_ID"].share, checks["CURRENCY"].share) == (1, 1)


def test_where_nothing_is_there_it_says_what_comes_first() -> None:
    states = {name: check.state for name, check in look(NOTHING, domain=None, has_key=False).items()}

    assert states == {
        "DOMAIN": CheckState.MISSING,
        "SNIPPET": CheckState.MISSING,
        "CLICK_ID": CheckState.UNKNOWN,
        "CONVERSION": CheckState.MISSING,
        "TXN_ID": CheckState.UNKNOWN,
        "CURRENCY": CheckState.UNKNOWN,
    }


@pytest.mark.parametrize(
    ("domain", "state", "word"),
    [
        (DOMAIN._replace(status=DomainStatus.UNVERIFIED), CheckState.MISSING, "not verified"),
        (DOMAIN._replace(status=DomainStatus.FAILING), CheckState.WARNING, "lost"),
        (DOMAIN._replace(has_tls=False), CheckState.WARNING, "certificate"),
        (SnippetDomain("acme.localhost", has_tls=False, status=DomainStatus.VERIFIED), CheckState.OK, "serves"),
    ],
)
def test_a_domain_that_pages_cannot_load_from(domain: SnippetDomain, state: CheckState, word: str) -> None:
    check = look(EVERYTHING, domain=domain)["DOMAIN"]

    assert check.state is state
    assert word in check.text


def test_a_page_that_never_had_a_click_id_has_a_redirect_that_drops_it() -> None:
    check = look(EVERYTHING._replace(click_seen_at=None, click_hosts=[]))["CLICK_ID"]

    assert check.state is CheckState.MISSING
    assert "drops it" in check.text


def test_what_was_not_seen_for_a_week_is_a_warning() -> None:
    checks = look(EVERYTHING._replace(seen_at=LONG_AGO, click_seen_at=LONG_AGO, recorded_at=LONG_AGO))

    states = [checks[name].state for name in ("SNIPPET", "CLICK_ID", "CONVERSION")]
    assert states == [CheckState.WARNING] * 3
    assert checks["SNIPPET"].at == LONG_AGO


def test_shares_say_how_many_lack_what() -> None:
    some = look(EVERYTHING._replace(with_txn_id=7, with_currency=6))
    none = look(EVERYTHING._replace(with_txn_id=0))

    assert (some["TXN_ID"].state, some["TXN_ID"].share) == (CheckState.WARNING, 0.7)
    assert some["TXN_ID"].text.startswith("3 of 10 ")
    assert (some["CURRENCY"].state, some["CURRENCY"].share) == (CheckState.WARNING, 0.75)
    assert some["CURRENCY"].text.startswith("2 of 8 ")
    assert (none["TXN_ID"].state, none["TXN_ID"].share) == (CheckState.MISSING, 0)
