"""Reads of report pages: for whoever made them by id, and for whoever opens one by its token."""

import datetime as dt
import hmac
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.clock import utc_now
from tracking.paging import Conditions, Window
from tracking.report_pages.rules import PAGE_START
from tracking.reports.queries import Subject
from tracking.reports.scopes import NO_KEY, Scope
from tracking.secret_tokens import USE_IS_NOTED_EVERY, split_token

_PAGES: Final = """
    SELECT id, campaign_id, creator_id, name, shows_money, token_prefix, expires_at, revoked_at, last_opened_at,
        created_at
    FROM report_page
"""
_OPEN: Final = """
    SELECT page.*, account.name AS account_name, account.timezone, account.currency, account.conversions_since,
        campaign.name AS campaign_name,
        coalesce(campaign.starts_at, campaign.created_at) AS campaign_started_at, creator.handle AS creator_handle,
        creator.name AS creator_name
    FROM report_page AS page
    JOIN account ON account.id = page.account_id
    LEFT JOIN campaign ON campaign.id = page.campaign_id
    LEFT JOIN creator ON creator.id = page.creator_id
    WHERE page.token_prefix = $1
"""
_NOTE: Final = "UPDATE report_page SET last_opened_at = $2 WHERE id = $1"
_IS_LIVE: Final = "revoked_at IS NULL AND expires_at > now()"


class ReportPageRow(NamedTuple):
    """All that may be shown of it: its prefix names it, and opens nothing."""

    id: int
    campaign_id: int | None
    creator_id: int | None
    name: str
    shows_money: bool
    token_prefix: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_opened_at: dt.datetime | None
    created_at: dt.datetime


class ReportPageFilter(NamedTuple):
    """What is None restricts nothing. `is_live`: neither revoked nor expired."""

    campaign_id: int | None = None
    creator_id: int | None = None
    is_live: bool | None = None


class OpenedPage(NamedTuple):
    """What a page is about, for whoever has its address. Names are as the brand wrote them: any text."""

    id: int
    account_id: int
    account_name: str
    timezone: str
    currency: str
    conversions_since: dt.datetime | None
    name: str
    shows_money: bool
    campaign_id: int | None
    campaign_name: str | None
    campaign_started_at: dt.datetime | None
    creator_id: int | None
    creator_handle: str | None
    creator_name: str | None
    expires_at: dt.datetime

    @property
    def subject(self) -> Subject:
        """Whose figures it shows."""
        if self.campaign_id is None:
            return Subject(Scope.CREATOR, self.creator_id or NO_KEY)
        if self.creator_id is None:
            return Subject(Scope.CAMPAIGN, self.campaign_id)
        return Subject(Scope.CAMPAIGN_CREATOR, self.campaign_id, self.creator_id)


class EndedPage(NamedTuple):
    """Whoever has the whole address may know that there was a page."""

    account_name: str
    was_revoked: bool


async def list_report_pages(
    pool: asyncpg.Pool, account_id: int, wanted: ReportPageFilter, window: Window, *, is_descending: bool
) -> list[ReportPageRow]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.add_if_given("campaign_id = {}", wanted.campaign_id)
    conditions.add_if_given("creator_id = {}", wanted.creator_id)
    conditions.add_if_given(f"({_IS_LIVE}) = {{}}", wanted.is_live)
    page = conditions.page(["id"], window, is_descending=is_descending)
    return [ReportPageRow(**row) for row in await pool.fetch(f"{_PAGES} {page}", *conditions.parameters)]


async def find_report_pages(pool: asyncpg.Pool, account_id: int, page_ids: Collection[int]) -> dict[int, ReportPageRow]:
    """By id, ended ones too. What this account does not have is left out."""
    rows = await pool.fetch(f"{_PAGES} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(page_ids))
    return {row["id"]: ReportPageRow(**row) for row in rows}


async def open_report_page(pool: asyncpg.Pool, token: str) -> OpenedPage | EndedPage | None:
    """None for every token that opens no page and never did. That it was opened is noted, to the minute."""
    parts = split_token(PAGE_START, token)
    row = await pool.fetchrow(_OPEN, parts.prefix) if parts else None
    if parts is None or row is None or not hmac.compare_digest(row["token_sha256"], parts.secret_sha256):
        return None
    now = utc_now()
    if row["revoked_at"] is not None or row["expires_at"] <= now:
        return EndedPage(row["account_name"], was_revoked=row["revoked_at"] is not None)
    if row["last_opened_at"] is None or now - row["last_opened_at"] >= USE_IS_NOTED_EVERY:
        await pool.execute(_NOTE, row["id"], now)
    return _read_opened(row)


def _read_opened(row: Any) -> OpenedPage:
    return OpenedPage(**{name: row[name] for name in OpenedPage._fields})
