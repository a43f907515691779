"""Which conversions are meant: for lists and streams. In SQL over `conversion`."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec

from tracking.conversions.deciding import REJECTED_BY_HAND
from tracking.conversions.kinds import ConversionKind, Method, Status, Trust, find_kind
from tracking.offers.events import name_event
from tracking.paging import Conditions

# Written as it stands in the partial index of the inbox; of parameters nobody would know that they match it.
IS_IN_INBOX: Final = (
    f"status NOT IN ({Status.APPROVED:d}, {Status.VOIDED:d}) AND ruling IS DISTINCT FROM {REJECTED_BY_HAND}"
)


class ConversionFilter(msgspec.Struct, frozen=True, omit_defaults=True):
    """None: any; several values: any of them. The ends of ranges, `_to`, are exclusive."""

    is_in_inbox: bool | None = None
    statuses: list[Status] | None = None
    kinds: list[ConversionKind] | None = None
    events: list[str] | None = None
    txn_ids: list[str] | None = None
    methods: list[Method] | None = None
    trusts: list[Trust] | None = None
    link_ids: list[int] | None = None
    campaign_ids: list[int] | None = None
    creator_ids: list[int] | None = None
    offer_ids: list[int] | None = None
    occurred_from: dt.datetime | None = None
    occurred_to: dt.datetime | None = None
    recorded_from: dt.datetime | None = None
    recorded_to: dt.datetime | None = None


def add_conditions(conditions: Conditions, wanted: ConversionFilter) -> None:
    """For a statement `FROM conversion`. The account is the caller's to require."""
    for column, values in (
        ("status", wanted.statuses),
        ("kind", wanted.kinds),
        ("method", wanted.methods),
        ("trust", wanted.trusts),
        ("link_id", wanted.link_ids),
        ("campaign_id", wanted.campaign_ids),
        ("creator_id", wanted.creator_ids),
        ("offer_id", wanted.offer_ids),
    ):
        if values is not None:
            _add_values(conditions, column, values)
    if wanted.is_in_inbox is not None:
        conditions.require(IS_IN_INBOX if wanted.is_in_inbox else f"NOT ({IS_IN_INBOX})")
    if wanted.events is not None:
        names = [name_event(each) for each in wanted.events]
        _add_values(conditions, "kind", sorted({find_kind(each) for each in names}))  # which has an index
        conditions.add("event = ANY ({})", names)
    if wanted.txn_ids is not None:
        conditions.add("order_key = ANY ({})", [f"t:{each}" for each in wanted.txn_ids])
    conditions.add_if_given("occurred_at >= {}", wanted.occurred_from)
    conditions.add_if_given("occurred_at < {}", wanted.occurred_to)
    conditions.add_if_given("recorded_at >= {}", wanted.recorded_from)
    conditions.add_if_given("recorded_at < {}", wanted.recorded_to)


def _add_values(conditions: Conditions, column: str, values: Sequence[int]) -> None:
    """One value is compared as such: an index on the column and a moment then has its rows in the order of a page."""
    if len(values) == 1:
        conditions.add(f"{column} = {{}}", values[0])
    else:
        conditions.add(f"{column} = ANY ({{}})", list(values))
