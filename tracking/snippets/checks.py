"""Whether an account's conversions can be credited: what has to be there, whether it is, and what to do. Pure."""

import datetime as dt
from enum import StrEnum
from typing import Final, NamedTuple

from tracking.domains.rules import DomainStatus
from tracking.snippets.queries import LOOKED_BACK_DAYS, Installation, SnippetDomain

QUIET_AFTER: Final = dt.timedelta(days=7)
_LOCAL_SUFFIX: Final = ".localhost"
_RECENT: Final = f"of the last {LOOKED_BACK_DAYS} days"


class CheckName(StrEnum):
    DOMAIN = "DOMAIN"
    SNIPPET = "SNIPPET"
    CLICK_ID = "CLICK_ID"
    CONVERSION = "CONVERSION"
    TXN_ID = "TXN_ID"
    CURRENCY = "CURRENCY"


class CheckState(StrEnum):
    OK = "OK"
    WARNING = "WARNING"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"


class TrackingCheck(NamedTuple):
    """`share` is between 0 and 1, of the conversions that were looked at."""

    name: CheckName
    state: CheckState
    text: str
    at: dt.datetime | None = None
    hosts: tuple[str, ...] = ()
    share: float | None = None


def check_tracking(
    domain: SnippetDomain | None, installation: Installation, *, has_key: bool, now: dt.datetime
) -> list[TrackingCheck]:
    """In the order in which they are put right."""
    return [
        _check_domain(domain),
        _check_snippet(installation, has_key=has_key, now=now),
        _check_click_id(installation, now),
        _check_conversion(installation, now),
        _check_txn_id(installation),
        _check_currency(installation),
    ]


def _check_domain(domain: SnippetDomain | None) -> TrackingCheck:
    name = CheckName.DOMAIN
    if domain is None:
        return TrackingCheck(name, CheckState.MISSING, "There is no default tracking domain: create and verify one.")
    if domain.status is DomainStatus.UNVERIFIED:
        text = f"{domain.host} is not verified yet: publish its DNS records, then verify it."
        return TrackingCheck(name, CheckState.MISSING, text)
    if domain.status is DomainStatus.FAILING:
        text = f"{domain.host} has lost its verification record: publish it again."
        return TrackingCheck(name, CheckState.WARNING, text)
    if not domain.has_tls and not domain.host.endswith(_LOCAL_SUFFIX):
        text = f"{domain.host} has no certificate: pages that are served over https cannot load the scripts from it."
        return TrackingCheck(name, CheckState.WARNING, text)
    return TrackingCheck(name, CheckState.OK, f"{domain.host} serves the scripts.")


def _check_snippet(seen: Installation, *, has_key: bool, now: dt.datetime) -> TrackingCheck:
    name, hosts = CheckName.SNIPPET, tuple(seen.hosts)
    if not has_key:
        text = "There is no live snippet key: create one, then put the landing snippet into every page."
        return TrackingCheck(name, CheckState.MISSING, text, seen.seen_at, hosts)
    if seen.seen_at is None:
        text = "No page has run the landing snippet yet: put it into the head of every page, then open one."
        return TrackingCheck(name, CheckState.MISSING, text)
    if now - seen.seen_at > QUIET_AFTER:
        text = "No page has run the landing snippet for a week: was it removed, or is it blocked?"
        return TrackingCheck(name, CheckState.WARNING, text, seen.seen_at, hosts)
    return TrackingCheck(name, CheckState.OK, "Pages run the landing snippet.", seen.seen_at, hosts)


def _check_click_id(seen: Installation, now: dt.datetime) -> TrackingCheck:
    name, hosts = CheckName.CLICK_ID, tuple(seen.click_hosts)
    if seen.seen_at is None:
        return TrackingCheck(name, CheckState.UNKNOWN, "Nobody can tell before a page runs the landing snippet.")
    if seen.click_seen_at is None:
        text = (
            "No page was opened with a click id: follow a short link. If the page that it ends on has no ct in its"
            " address, a redirect of your site drops it."
        )
        return TrackingCheck(name, CheckState.MISSING, text)
    if now - seen.click_seen_at > QUIET_AFTER:
        text = "No page was opened with a click id for a week: is there no traffic, or does a redirect drop ct?"
        return TrackingCheck(name, CheckState.WARNING, text, seen.click_seen_at, hosts)
    return TrackingCheck(name, CheckState.OK, "Click ids arrive on landing pages.", seen.click_seen_at, hosts)


def _check_conversion(seen: Installation, now: dt.datetime) -> TrackingCheck:
    name = CheckName.CONVERSION
    if seen.recorded_at is None:
        text = "Nothing was reported yet: put the confirmation snippet where an order is confirmed, and place one."
        return TrackingCheck(name, CheckState.MISSING, text)
    if now - seen.recorded_at > QUIET_AFTER:
        text = "Nothing was reported for a week: is there no order, or has the confirmation page changed?"
        return TrackingCheck(name, CheckState.WARNING, text, seen.recorded_at)
    return TrackingCheck(name, CheckState.OK, "Conversions are reported.", seen.recorded_at)


def _check_txn_id(seen: Installation) -> TrackingCheck:
    name = CheckName.TXN_ID
    if not seen.conversions:
        return TrackingCheck(name, CheckState.UNKNOWN, f"There is no conversion {_RECENT} to look at.")
    share = seen.with_txn_id / seen.conversions
    if share == 1:
        return TrackingCheck(name, CheckState.OK, "Every conversion names its order.", share=share)
    text = (
        f"{seen.conversions - seen.with_txn_id} of {seen.conversions} conversions name no order: give txnId, or a"
        " second order after the same click is taken for the first one, and nothing can be refunded."
    )
    return TrackingCheck(name, CheckState.WARNING if share else CheckState.MISSING, text, share=share)


def _check_currency(seen: Installation) -> TrackingCheck:
    name = CheckName.CURRENCY
    if not seen.with_value:
        return TrackingCheck(name, CheckState.UNKNOWN, f"No conversion {_RECENT} has a value.")
    share = seen.with_currency / seen.with_value
    if share == 1:
        return TrackingCheck(name, CheckState.OK, "Every value has its currency.", share=share)
    text = (
        f"{seen.with_value - seen.with_currency} of {seen.with_value} values come without a currency, and are taken to"
        " be in the offer's, else the account's: give it if you sell in more than one."
    )
    return TrackingCheck(name, CheckState.WARNING, text, share=share)
