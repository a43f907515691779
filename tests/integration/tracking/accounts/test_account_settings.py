import asyncio
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tracking.accounts.account_settings import read_settings, update_account_settings
from tracking.accounts.models import Account, AttributionModel
from tracking.changes.rules import ChangeKind
from tracking.conversions.kinds import ConversionKind
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.actors import Actor, acting_as
from tracking.history.models import ActorKind, HistoryEntry

EVERYTHING = {
    "name": "Acme Inc",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "attribution_window_days": 14,
    "attribution_model": AttributionModel.LAST_CLICK,
    "creator_parameter": "ref",
    "uses_visitor_cookie": True,
    "retention_days": 90,
    "allowed_origins": ("https://app.example", "http://localhost:5173"),
    "counted_kinds": (ConversionKind.SALE, ConversionKind.REBILL),
    "approves_unverified": True,
    "cap_per_link_hour": 5,
}


async def test_every_setting_is_kept(orm: TortoiseContext) -> None:
    account = await make_brand()

    await update_account_settings(account.id, EVERYTHING)

    assert read_settings(await Account.get(id=account.id))._asdict() == EVERYTHING


async def test_what_is_not_named_stays(orm: TortoiseContext) -> None:
    account = await make_brand()
    await update_account_settings(account.id, EVERYTHING)

    await update_account_settings(account.id, {"retention_days": 91})

    assert read_settings(await Account.get(id=account.id))._asdict() == {**EVERYTHING, "retention_days": 91}


async def test_two_changes_at_once_both_hold(orm: TortoiseContext) -> None:
    account = await make_brand()

    await asyncio.gather(
        update_account_settings(account.id, {"currency": "EUR"}),
        update_account_settings(account.id, {"creator_parameter": "ref"}),
    )

    settings = read_settings(await Account.get(id=account.id))
    assert (settings.currency, settings.creator_parameter) == ("EUR", "ref")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " "}, ("name",)),
        ({"timezone": "Mars/Olympus"}, ("timezone",)),
        ({"currency": "euro"}, ("currency",)),
        ({"attribution_window_days": 0}, ("attributionWindowDays",)),
        ({"attribution_window_days": 366}, ("attributionWindowDays",)),
        ({"retention_days": 34}, ("retentionDays",)),
        ({"retention_days": 3_651}, ("retentionDays",)),
        ({"attribution_window_days": 30, "retention_days": 36}, ("retentionDays",)),
        ({"creator_parameter": "ct"}, ("creatorParameter",)),
        ({"creator_parameter": "a b"}, ("creatorParameter",)),
        ({"allowed_origins": ("https://app.example", "*")}, ("allowedOrigins", "1")),
    ],
)
@pytest.mark.feature("LO5")
async def test_a_bad_setting_is_refused_by_field_and_nothing_changes(
    orm: TortoiseContext, pool: asyncpg.Pool, changes: dict[str, Any], path: tuple[str, ...]
) -> None:
    account = await make_brand()
    before = read_settings(account)

    with pytest.raises(InvalidInputError) as refused:
        await update_account_settings(account.id, {"currency": "CHF", **changes})

    assert refused.value.path == path
    assert read_settings(await Account.get(id=account.id)) == before
    assert await pool.fetchval("SELECT count(*) FROM history_entry") == 0


async def test_retention_may_be_a_week_more_than_the_window_and_no_less(orm: TortoiseContext) -> None:
    account = await make_brand()

    changed = await update_account_settings(account.id, {"attribution_window_days": 30, "retention_days": 37})

    assert (changed.attribution_window_s, changed.retention_days) == (30 * 86_400, 37)


async def test_a_change_says_who_made_it_and_from_what_to_what(orm: TortoiseContext) -> None:
    account = await make_brand()

    with acting_as(Actor(ActorKind.API_KEY, 7)):
        await update_account_settings(account.id, {"currency": "EUR", "retention_days": 400})

    [entry] = await HistoryEntry.all()
    assert (entry.subject_type, entry.subject_id, entry.action) == ("Account", account.id, "UPDATED")
    assert (entry.actor_kind, entry.actor_id) == (ActorKind.API_KEY, 7)
    assert (entry.before, entry.after) == ({"currency": "USD"}, {"currency": "EUR"})


async def test_what_changes_nothing_leaves_no_row(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()

    await update_account_settings(account.id, {"currency": "USD"})

    assert await pool.fetchval("SELECT count(*) FROM history_entry") == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"creator_parameter": "ref"}, 1),
        ({"uses_visitor_cookie": True}, 1),
        ({"timezone": "Europe/Berlin"}, 1),
        ({"currency": "EUR", "retention_days": 90}, 0),
    ],
)
async def test_redirectors_are_told_of_what_they_hold(
    orm: TortoiseContext, pool: asyncpg.Pool, changes: dict[str, Any], told: int
) -> None:
    account = await make_brand()

    await update_account_settings(account.id, changes)

    rows = await pool.fetch("SELECT kind, ref_id, address FROM change_log")
    assert [tuple(row) for row in rows] == [(ChangeKind.ACCOUNT, account.id, None)] * told


async def test_an_unknown_account_is_none(orm: TortoiseContext) -> None:
    with pytest.raises(NotFoundError):
        await update_account_settings(1, {"currency": "EUR"})
