"""Who a creator of a campaign is, and the rates and costs of their clicks, as cells. Pure."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from tracking.campaigns.deals import Deal
from tracking.exports.kinds.figures import KINDS_OF_CLICKS
from tracking.exports.layouts import Cell, Column
from tracking.graph_ids import write_known_id
from tracking.money import Money
from tracking.performance.costs import find_cost_per, find_return_on_fee

MEMBER_COLUMNS: Final = (
    Column("creator_id", str, "The creator's id in the graph; this and what follows is empty in NONE and TOTAL."),
    Column("handle", str, "The creator's handle."),
    Column("name", str, "The creator's name."),
    Column("external_id", str, "Your own id of the creator."),
    Column("stage", str, "Where the creator stands in the campaign; empty for who has links there and is not in it."),
    Column("links", int, "How many links, archived ones too; in TOTAL of all creators and of none."),
    Column("posts", int, "How many posts are noted."),
    Column("followers", int, "Of the profile that is the audience, at the campaign's start; empty when not known."),
    Column("followers_counted_on", dt.date, "The day of that count."),
)
RATE_COLUMNS: Final = (
    Column("click_through_rate", float, "unique_clicks / followers."),
    Column("total_click_through_rate", float, "total_clicks / followers."),
    Column("conversion_rate", float, "Conversions credited to the range's clicks / unique_clicks; may exceed 1."),
    Column("fee_currency", str, "Of the fee and the costs."),
    Column("flat_fee", Decimal, "The whole fee, however short the range."),
    Column("cost_per_click", Decimal, "flat_fee / counted_clicks."),
    Column("cost_per_unique_click", Decimal, "flat_fee / unique_clicks."),
    Column("cost_per_conversion", Decimal, "flat_fee / conversions."),
    Column("return_on_fee", float, "net_value / flat_fee; empty where anything was earned in another currency."),
)


def tell_member(row: dict[str, Any]) -> Iterator[Cell]:
    """The cells of MEMBER_COLUMNS; what a row does not have is empty."""
    creator_id = row.get("creator_id")
    yield write_known_id("Creator", creator_id) if creator_id else None
    for name in ("handle", "name", "external_id", "stage", "links", "posts", "followers", "counted_on"):
        yield row.get(name)


def tell_rates(row: dict[str, Any], deal: Deal | None, *, is_known: bool) -> Iterator[Cell]:
    """The cells of RATE_COLUMNS."""
    unique, followers = row["unique_clicks"], row.get("followers")
    is_told = is_known or row["is_something"]
    yield unique / followers if followers else None
    yield sum(row[kind] for kind in KINDS_OF_CLICKS) / followers if followers else None
    yield row["of_clicks"] / unique if unique and is_told else None
    yield deal.currency if deal else None
    yield Money(deal.flat_fee_minor or 0, deal.currency).amount if deal else None
    for count in (row["counted_clicks"], unique, row["conversions"] if is_told else None):
        cost = find_cost_per(deal, count)
        yield cost.amount if cost else None
    yield _find_return(row, deal) if is_told else None


def _find_return(row: dict[str, Any], deal: Deal | None) -> float | None:
    """The row's money is in the currency of the deal, where there is one."""
    net = int(row["gross_minor"]) - int(row["refunds_minor"])
    return None if row["is_elsewhere"] else find_return_on_fee(deal, [Money(net, row["currency"])])
