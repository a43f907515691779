"""Use cases of report pages. Each owns its transaction."""

from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.models import Campaign, CampaignCreator
from tracking.clock import utc_now
from tracking.creators.models import Creator
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.actors import current_actor
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.report_pages.models import ReportPage
from tracking.report_pages.rules import MAX_NAME_CHARS, PAGE_START, WantedPage, check_expiry
from tracking.secret_tokens import make_token, split_token
from tracking.text import check_text


class IssuedPage(NamedTuple):
    """`token` is None in the answer to a repeat: only its hash is stored."""

    page_id: int
    token: str | None


async def create_report_page(account_id: int, wanted: WantedPage, *, idempotency_key: str | None = None) -> IssuedPage:
    """Raises InvalidInputError and NotFoundError."""
    tokens: list[str] = []

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await _check_subject(connection, account_id, wanted)
        token = make_token(PAGE_START)
        tokens.append(token)
        return [await _store(connection, account_id, wanted, token)]

    [page_id] = await run_once(account_id, "createReportPage", idempotency_key, wanted, work)
    return IssuedPage(page_id, tokens[0] if tokens else None)


async def revoke_report_page(account_id: int, page_id: int) -> ReportPage:
    """From the next request on the address shows nothing. Revoking again changes nothing."""
    async with in_transaction() as connection:
        row = await ReportPage.select_for_update().using_db(connection).get_or_none(id=page_id, account_id=account_id)
        if row is None:
            raise NotFoundError("no such report page", ("id",))
        if row.revoked_at is None:
            row.revoked_at = utc_now()
            await row.save(using_db=connection, update_fields=["revoked_at"])
            await record_history(connection, account_id, [Noted("ReportPage", row.id, "REVOKED")])
    return row


async def _check_subject(connection: BaseDBAsyncClient, account_id: int, wanted: WantedPage) -> None:
    campaign_id, creator_id = wanted.campaign_id, wanted.creator_id
    if campaign_id is None and creator_id is None:
        raise InvalidInputError("a report page is of a campaign, of a creator or of both: name one", ("campaignId",))
    if campaign_id is not None:
        campaigns = Campaign.filter(id=campaign_id, account_id=account_id).using_db(connection)
        if not await campaigns.exists():
            raise NotFoundError("no such campaign", ("campaignId",))
    if creator_id is not None:
        creators = Creator.filter(id=creator_id, account_id=account_id).using_db(connection)
        if not await creators.exists():
            raise NotFoundError("no such creator", ("creatorId",))
    if campaign_id is not None and creator_id is not None:
        members = CampaignCreator.filter(campaign_id=campaign_id, creator_id=creator_id).using_db(connection)
        if not await members.exists():
            raise InvalidInputError("this creator is not in this campaign", ("creatorId",))


async def _store(connection: BaseDBAsyncClient, account_id: int, wanted: WantedPage, token: str) -> int:
    parts = split_token(PAGE_START, token)
    assert parts is not None  # noqa: S101 -- our own format
    actor, now = current_actor(), utc_now()
    row = await ReportPage.create(
        account_id=account_id,
        campaign_id=wanted.campaign_id,
        creator_id=wanted.creator_id,
        name=check_text(wanted.name, "name", max_chars=MAX_NAME_CHARS, is_optional=True),
        shows_money=wanted.shows_money,
        token_prefix=parts.prefix,
        token_sha256=parts.secret_sha256,
        expires_at=check_expiry(wanted.expires_at, now),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        using_db=connection,
    )
    after = {"name": row.name, "showsMoney": row.shows_money, "expiresAt": row.expires_at}
    await record_history(connection, account_id, [Noted("ReportPage", row.id, "CREATED", None, after)])
    page_id: int = row.id
    return page_id
