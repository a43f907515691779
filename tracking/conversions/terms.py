"""What accounts, campaigns and offers say about conversions, read for those who decide. Plain SQL."""

from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from tracking.conversions.deciding import Terms
from tracking.offers.events import OfferEvent, read_events

_ACCOUNTS: Final = """
    SELECT id, timezone, currency, attribution_model, attribution_window_s, approves_unverified, counted_kinds,
        cap_per_link_hour
    FROM account WHERE id = ANY ($1)
"""
_CAMPAIGNS: Final = "SELECT id, attribution_window_s, counted_kinds FROM campaign WHERE id = ANY ($1)"
_OFFERS: Final = """
    SELECT id, account_id, currency, attribution_window_s, attribution_model, events FROM offer WHERE id = ANY ($1)
"""


class OfferTerms(NamedTuple):
    account_id: int
    currency: str | None
    window_s: int | None
    model: str | None
    events: tuple[OfferEvent, ...]


class AllTerms(NamedTuple):
    """Of everything that the conversions at hand have to do with."""

    accounts: dict[int, Any]
    campaigns: dict[int, Any]
    offers: dict[int, OfferTerms]

    def find_window_s(self, account_id: int, campaign_id: int | None, offer_id: int | None) -> int:
        """The offer's, else the campaign's, else the account's."""
        offer = self.offers.get(offer_id or 0)
        campaign = self.campaigns.get(campaign_id or 0)
        windows = (
            offer.window_s if offer else None,
            campaign["attribution_window_s"] if campaign else None,
            self.accounts[account_id]["attribution_window_s"],
        )
        return next(int(window) for window in windows if window is not None)

    def find_model(self, account_id: int, offer_id: int | None) -> str:
        offer = self.offers.get(offer_id or 0)
        return (offer.model if offer else None) or str(self.accounts[account_id]["attribution_model"])

    def find_zone(self, account_id: int) -> ZoneInfo:
        return ZoneInfo(self.accounts[account_id]["timezone"])

    def is_offer_of(self, account_id: int, offer_id: int | None) -> bool:
        return offer_id in self.offers and self.offers[offer_id].account_id == account_id

    def of_account(self, account_id: int) -> Terms:
        account = self.accounts[account_id]
        own = {offer_id: offer for offer_id, offer in self.offers.items() if offer.account_id == account_id}
        return Terms(
            account_id=account_id,
            currency=account["currency"],
            model=account["attribution_model"],
            approves_unverified=account["approves_unverified"],
            counted_kinds=frozenset(account["counted_kinds"]),
            counted_by_campaign={
                campaign_id: frozenset(campaign["counted_kinds"])
                for campaign_id, campaign in self.campaigns.items()
                if campaign["counted_kinds"] is not None
            },
            offer_events={offer_id: offer.events for offer_id, offer in own.items()},
            offer_currencies={offer_id: offer.currency for offer_id, offer in own.items() if offer.currency},
        )


async def read_terms(
    connection: asyncpg.Connection,
    account_ids: Collection[int],
    campaign_ids: Iterable[int | None],
    offer_ids: Iterable[int | None],
) -> AllTerms:
    accounts = {row["id"]: row for row in await connection.fetch(_ACCOUNTS, list(account_ids))}
    campaigns = {row["id"]: row for row in await _fetch(connection, _CAMPAIGNS, campaign_ids)}
    offers = {row["id"]: _read_offer(row) for row in await _fetch(connection, _OFFERS, offer_ids)}
    return AllTerms(accounts, campaigns, offers)


async def _fetch(connection: asyncpg.Connection, statement: str, ids: Iterable[int | None]) -> list[Any]:
    wanted = sorted({each for each in ids if each is not None})
    return await connection.fetch(statement, wanted) if wanted else []


def _read_offer(row: Any) -> OfferTerms:
    return OfferTerms(
        account_id=row["account_id"],
        currency=row["currency"],
        window_s=row["attribution_window_s"],
        model=row["attribution_model"],
        events=read_events(row["events"]),
    )
