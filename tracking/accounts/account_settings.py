"""Change what holds for a whole account."""

from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.conversions_since import NOTE
from tracking.accounts.models import Account, AttributionModel
from tracking.accounts.rules import (
    check_cap,
    check_counted_kinds,
    check_currency,
    check_origins,
    check_retention,
    check_timezone,
    check_window,
)
from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.conversions.kinds import ConversionKind
from tracking.errors import InvalidInputError, NotFoundError, TimeZoneLockedError
from tracking.history.service import Noted, find_difference, record_history
from tracking.links.rules import check_parameter_name
from tracking.text import check_text

DAY_S: Final = 86_400
_LONGEST_WINDOW: Final = """
    SELECT greatest(
        (SELECT max(attribution_window_s) FROM offer WHERE account_id = $1),
        (SELECT max(attribution_window_s) FROM campaign WHERE account_id = $1),
        0
    ) AS window_s
"""
_HELD_BY_REDIRECTORS: Final = frozenset({"timezone", "creatorParameter", "usesVisitorCookie"})


class AccountSettings(NamedTuple):
    name: str
    timezone: str
    currency: str
    attribution_window_days: int
    attribution_model: AttributionModel
    creator_parameter: str
    uses_visitor_cookie: bool
    retention_days: int
    allowed_origins: tuple[str, ...]
    counted_kinds: tuple[ConversionKind, ...]
    approves_unverified: bool
    cap_per_link_hour: int


def read_settings(account: Account) -> AccountSettings:
    return AccountSettings(
        name=account.name,
        timezone=account.timezone,
        currency=account.currency,
        attribution_window_days=account.attribution_window_s // DAY_S,
        attribution_model=account.attribution_model,
        creator_parameter=account.creator_parameter,
        uses_visitor_cookie=account.uses_visitor_cookie,
        retention_days=account.retention_days,
        allowed_origins=tuple(account.allowed_origins),
        counted_kinds=tuple(ConversionKind[name] for name in account.counted_kinds),
        approves_unverified=account.approves_unverified,
        cap_per_link_hour=account.cap_per_link_hour,
    )


async def update_account_settings(account_id: int, changes: dict[str, Any]) -> Account:
    """Change the fields of AccountSettings that are named. Raises InvalidInputError, TimeZoneLockedError.

    The lock on the row is also what decides between a new time zone and the account's first click (see
    `tracking.clicks.zones`).
    """
    async with in_transaction() as connection:
        account = await Account.select_for_update(no_key=True).using_db(connection).get_or_none(id=account_id)
        if account is None:
            raise NotFoundError("no such account")
        before = read_settings(account)
        after = check_settings(before._replace(**changes))
        if after.retention_days < before.retention_days:
            await _check_own_windows(connection, account_id, after.retention_days)
        if after.timezone != before.timezone and account.timezone_fixed_at is not None:
            raise TimeZoneLockedError(
                f"clicks are counted in days of {before.timezone}: the time zone is fixed since the first one",
                ("timezone",),
            )
        await _save(connection, account, after)
        await _note(connection, account_id, before, after)
    return account


def check_settings(given: AccountSettings) -> AccountSettings:
    """The settings as they are stored. Raises InvalidInputError by field."""
    check_window(given.attribution_window_days)
    check_retention(given.retention_days, given.attribution_window_days)
    try:
        check_parameter_name(given.creator_parameter)
    except InvalidInputError as error:
        raise error.under("creatorParameter") from error
    return given._replace(
        name=check_text(given.name, "name", max_chars=200),
        timezone=check_timezone(given.timezone),
        currency=check_currency(given.currency),
        allowed_origins=check_origins(given.allowed_origins),
        counted_kinds=check_counted_kinds(given.counted_kinds),
        cap_per_link_hour=check_cap(given.cap_per_link_hour),
    )


async def _check_own_windows(connection: BaseDBAsyncClient, account_id: int, retention_days: int) -> None:
    """Of offers and campaigns, archived ones too: their links go on working. The account's lock holds new ones off."""
    [longest] = await connection.execute_query_dict(_LONGEST_WINDOW, [account_id])
    check_retention(retention_days, longest["window_s"] // DAY_S)


async def _save(connection: BaseDBAsyncClient, account: Account, settings: AccountSettings) -> None:
    columns = settings._asdict()
    columns["attribution_window_s"] = columns.pop("attribution_window_days") * DAY_S
    columns["allowed_origins"] = list(settings.allowed_origins)
    columns["counted_kinds"] = [kind.name for kind in settings.counted_kinds]
    await account.update_from_dict(columns).save(using_db=connection, update_fields=list(columns))


async def _note(
    connection: BaseDBAsyncClient, account_id: int, before: AccountSettings, after: AccountSettings
) -> None:
    was, became = find_difference(_name_fields(before), _name_fields(after))
    if became:
        await record_history(connection, account_id, [Noted("Account", account_id, "UPDATED", was, became)])
    if not _HELD_BY_REDIRECTORS.isdisjoint(became):
        await record_changes(connection, [Change(ChangeKind.ACCOUNT, account_id)])


def _name_fields(settings: AccountSettings) -> dict[str, Any]:
    """By their names in the graph."""
    return {
        "name": settings.name,
        "timezone": settings.timezone,
        "currency": settings.currency,
        "attributionWindowDays": settings.attribution_window_days,
        "attributionModel": settings.attribution_model.value,
        "creatorParameter": settings.creator_parameter,
        "usesVisitorCookie": settings.uses_visitor_cookie,
        "retentionDays": settings.retention_days,
        "allowedOrigins": list(settings.allowed_origins),
        "countedKinds": [kind.name for kind in settings.counted_kinds],
        "approvesUnverified": settings.approves_unverified,
        "capPerLinkHour": settings.cap_per_link_hour,
    }


async def note_conversions_configured(connection: BaseDBAsyncClient, account_id: int) -> None:
    """As `note_conversions_recorded`, for whoever makes what conversions are reported with."""
    await connection.execute_query(NOTE, [[account_id]])
