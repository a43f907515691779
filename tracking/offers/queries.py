"""Reads of offers. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.accounts.account_settings import DAY_S
from tracking.accounts.models import AttributionModel
from tracking.interstitials.rules import Interstitial, InterstitialMode, read_interstitial
from tracking.offers.events import OfferEvent, read_events
from tracking.paging import Conditions, Window

_OFFERS: Final = """
    SELECT id, name, external_id, destination_url, currency, attribution_window_s, attribution_model, events,
        interstitial_mode, interstitial, archived_at, created_at, lower(name) AS name_key
    FROM offer
"""
SORT_KEYS: Final = {"CREATED_AT": "id", "NAME": "lower(name)"}  # ids ascend in time


class OfferRow(NamedTuple):
    id: int
    name: str
    external_id: str | None
    destination_url: str
    currency: str | None
    attribution_window_days: int | None
    attribution_model: AttributionModel | None
    events: tuple[OfferEvent, ...]
    interstitial_mode: InterstitialMode
    interstitial: Interstitial | None
    archived_at: dt.datetime | None
    created_at: dt.datetime
    name_key: str


class OfferFilter(NamedTuple):
    """What is None filters nothing."""

    search: str | None = None
    external_ids: Collection[str] | None = None
    is_archived: bool | None = False


async def list_offers(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: OfferFilter,
    window: Window,
    *,
    sort_by: str = "CREATED_AT",
    is_descending: bool = True,
) -> list[OfferRow]:
    """A page in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.search(["name", "external_id"], wanted.search)
    if wanted.external_ids is not None:
        conditions.add("external_id = ANY ({}::text[])", list(wanted.external_ids))
    conditions.add_archived(wanted.is_archived)
    page = conditions.page([SORT_KEYS[sort_by], "id"], window, is_descending=is_descending)
    return [_read(row) for row in await pool.fetch(f"{_OFFERS} {page}", *conditions.parameters)]


async def find_offers(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, OfferRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_OFFERS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read(row) for row in rows}


def _read(row: asyncpg.Record) -> OfferRow:
    columns = dict(row)
    window_s, model = columns.pop("attribution_window_s"), columns["attribution_model"]
    columns["attribution_window_days"] = None if window_s is None else window_s // DAY_S
    columns["attribution_model"] = None if model is None else AttributionModel(model)
    columns["events"] = read_events(columns["events"])
    columns["interstitial_mode"] = InterstitialMode(columns["interstitial_mode"])
    columns["interstitial"] = read_interstitial(columns["interstitial"])
    return OfferRow(**columns)
