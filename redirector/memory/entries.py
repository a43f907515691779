"""What a redirector keeps of a link: as little as it takes to answer and to write a click."""

import datetime as dt
from typing import Any, Final, TypeVar

import msgspec

from tracking.interstitials.rules import Branding, Interstitial, read_branding, read_interstitial
from tracking.links.query_policy import QueryPolicy, add_visitor_query
from tracking.links.rules import CLICK_ID_PARAMETER, PreparedDestination, prepare_destination

_MAX_SHARED: Final = 8_192
_Value = TypeVar("_Value")
_JOINT_BYTES: Final = len(f"?{CLICK_ID_PARAMETER}=")


class AccountEntry(msgspec.Struct, frozen=True, gc=False):
    """The same object in all links that an account has on domains of one kind."""

    account_id: int
    timezone: str
    uses_visitor_cookie: bool
    creator_parameter: str
    has_tls: bool
    branding: Branding | None = None


class Rules(msgspec.Struct, frozen=True, gc=False):
    """What is not the same at every request. Nearly all links share NO_RULES, which a request tests for once."""

    query_policy: QueryPolicy = QueryPolicy.IGNORE
    is_test: bool = False
    asks_to_confirm: bool = False  # whoever does not say to be a program gets a page first (TR26)
    ends_at_ms: int | None = None  # when the campaign does; from then on the fallback is the destination
    fallback: PreparedDestination | None = None
    interstitial: Interstitial | None = None  # what stands on a page before the destination (TR12)
    counts_impressions: bool = False  # of what carries the link (IM13)


NO_RULES: Final = Rules()


class Terms(msgspec.Struct, frozen=True, gc=False):
    """What many links have in common, as the links of a deliverable's creators do: a link costs one reference to it."""

    is_readable: bool
    is_archived: bool
    deliverable_id: int | None
    message_id: int | None
    slot: int | None
    contact_id: int | None
    offer_id: int | None
    sharer_id: int | None
    rules: Rules


class LinkEntry(msgspec.Struct, frozen=True, gc=False):
    """The address to send visitors to is `head`, `ending`, click id, `tail`."""

    link_id: int
    account: AccountEntry
    head: bytes
    ending: bytes
    tail: bytes
    campaign_id: int | None
    creator_id: int | None
    terms: Terms

    @property
    def destination(self) -> PreparedDestination:
        return PreparedDestination(self.head, self.ending, self.tail)


def write_location(destination: PreparedDestination | LinkEntry, token: bytes | None) -> bytes:
    """The destination with the creator's parameter and this click id, or with none."""
    if token is None:
        return destination.head + destination.ending[:-_JOINT_BYTES] + destination.tail
    return destination.head + destination.ending + token + destination.tail


def choose_target(entry: LinkEntry, at_ms: int, query: bytes) -> PreparedDestination:
    """Where a link with rules leads right now: past the end of its campaign elsewhere, and maybe with the query."""
    rules = entry.terms.rules
    is_over = rules.ends_at_ms is not None and at_ms >= rules.ends_at_ms
    destination = rules.fallback if is_over and rules.fallback else entry.destination
    return add_visitor_query(destination, query, rules.query_policy, entry.account.creator_parameter)


class EntryReader:
    """Makes entries that share what is equal in many: half the memory of a link would else be copies."""

    def __init__(self) -> None:
        self._shared: dict[Any, Any] = {}

    def read(self, row: Any) -> LinkEntry:
        """From a row of `tracking.links.queries.resolve`."""
        if len(self._shared) > _MAX_SHARED:
            self._shared.clear()
        value = row["external_id"] or row["public_id"]
        head, ending, tail = prepare_destination(row["destination_url"], row["creator_parameter"], value)
        return LinkEntry(
            link_id=row["link_id"],
            account=self._share(_read_account(row)),
            head=self._share(head),
            ending=self._share(ending),
            tail=self._share(tail),
            campaign_id=self._share(row["campaign_id"]),
            creator_id=self._share(row["creator_id"]),
            terms=self._share(self._read_terms(row, value)),
        )

    def _read_terms(self, row: Any, creator_value: str | None) -> Terms:
        rules = _read_rules(row, creator_value)
        return Terms(
            is_readable=row["is_readable"],
            is_archived=row["is_archived"],
            deliverable_id=row["deliverable_id"],
            message_id=row["message_id"],
            slot=row["slot"],
            contact_id=row["contact_id"],
            offer_id=row["offer_id"],
            sharer_id=row["sharer_id"],
            rules=NO_RULES if rules == NO_RULES else self._share(rules),
        )

    def _share(self, value: _Value) -> _Value:
        shared: _Value = self._shared.setdefault(value, value)
        return shared


def _read_account(row: Any) -> AccountEntry:
    return AccountEntry(
        account_id=row["account_id"],
        timezone=row["timezone"],
        uses_visitor_cookie=row["uses_visitor_cookie"],
        creator_parameter=row["creator_parameter"],
        has_tls=row["has_tls"],
        branding=read_branding(row["branding"]),
    )


def _read_rules(row: Any, creator_value: str | None) -> Rules:
    """Whether a campaign is over is asked at each request, as nobody tells redirectors when it ends."""
    ends_at: dt.datetime | None = row["fallback_from"]
    return Rules(
        query_policy=QueryPolicy(row["query_policy"]),
        is_test=row["is_test"],
        asks_to_confirm=row["asks_to_confirm"],
        ends_at_ms=int(ends_at.timestamp() * 1_000) if ends_at else None,
        fallback=prepare_destination(row["fallback_url"], row["creator_parameter"], creator_value) if ends_at else None,
        interstitial=read_interstitial(row["interstitial"]),
        counts_impressions=row["counts_impressions"],
    )
