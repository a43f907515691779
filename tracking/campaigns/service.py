"""Use cases of campaigns and of the creators in them. Each owns its transaction."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.accounts.account_settings import DAY_S
from tracking.accounts.models import Account
from tracking.accounts.rules import check_own_window
from tracking.campaigns.models import Campaign, CampaignCreator, CampaignStatus, Stage
from tracking.campaigns.rules import STAGES_WITH_LINKS, CampaignFields, check_campaign
from tracking.campaigns.stages import move_creators, wait_for_deliverables
from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.conversions.kinds import ConversionKind
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import find_link_domain, list_tracking_hosts
from tracking.errors import DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import run_once
from tracking.links.generation import generate_links
from tracking.links.models import SystemLinkKind
from tracking.links.system import set_campaign_link

MAX_CREATORS_A_CALL: Final = 1_000

_ADD: Final = """
    INSERT INTO campaign_creator (account_id, campaign_id, creator_id, stage, added_at, stage_changed_at)
    SELECT $1, $2, id, $3, now(), now() FROM creator WHERE account_id = $1 AND id = ANY($4::bigint[]) ORDER BY id
    ON CONFLICT DO NOTHING
"""
_LINKED_URLS: Final = {"join_url": SystemLinkKind.CAMPAIGN_JOIN, "opt_in_url": SystemLinkKind.OPT_IN}
_SAID_OTHERWISE: Final = frozenset({"attribution_window_days", "counted_kinds"})  # than the columns do
_GRAPH_NAMES: Final = {
    "name": "name",
    "status": "status",
    "starts_at": "startsAt",
    "ends_at": "endsAt",
    "tags": "tags",
    "external_id": "externalId",
    "end_behaviour": "endBehaviour",
    "fallback_url": "fallbackUrl",
    "join_url": "joinUrl",
    "opt_in_url": "optInUrl",
}


class AddedCreator(NamedTuple):
    """What became of one creator of a bulk call."""

    creator_id: int
    membership: CampaignCreator | None
    error: DomainError | None


async def create_campaign(account_id: int, given: CampaignFields, *, idempotency_key: str | None = None) -> Campaign:
    """With its system links, where their URLs are given. A repeat with the same key answers with the first campaign.

    Raises InvalidInputError, TakenError for the external id, or what `find_link_domain` does.
    """
    fields = check_campaign(given, (await list_tracking_hosts()).__contains__)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await _check_window(connection, account_id, fields.attribution_window_days)
        if fields.domain_id is not None:
            await find_link_domain(account_id, fields.domain_id)
        campaign = await Campaign.create(account_id=account_id, **_columns(fields))
        for name, kind in _LINKED_URLS.items():
            if (url := getattr(fields, name)) is not None:
                await set_campaign_link(connection, campaign, kind, url)
        after = {name: value for name, value in (await _describe(campaign)).items() if value}
        await record_history(connection, account_id, [Noted("Campaign", campaign.id, "CREATED", after=after)])
        return [campaign.id]

    try:
        [campaign_id] = await run_once(account_id, "createCampaign", idempotency_key, given, work)
    except IntegrityError:
        raise _external_id_taken() from None
    return await Campaign.get(id=campaign_id)


async def update_campaign(account_id: int, campaign_id: int, changes: dict[str, Any]) -> Campaign:
    """Change the fields of CampaignFields that are named; system links follow their URLs (IM4).

    Raises NotFoundError, and what `create_campaign` does.
    """
    is_tracking_host = (await list_tracking_hosts()).__contains__
    try:
        async with in_transaction() as connection:
            await _check_window(connection, account_id, changes.get("attribution_window_days"))
            campaign = await _lock_campaign(account_id, campaign_id)
            before, now = await _describe(campaign), _read_fields(campaign)
            fields = check_campaign(now._replace(**changes), is_tracking_host)
            if fields.domain_id is not None and fields.domain_id != now.domain_id:
                await find_link_domain(account_id, fields.domain_id)
            await campaign.update_from_dict(_columns(fields)).save()
            for name, kind in _LINKED_URLS.items():
                if getattr(fields, name) != getattr(now, name):
                    await set_campaign_link(connection, campaign, kind, getattr(fields, name))
            was, became = find_difference(before, await _describe(campaign))
            if became:
                action = "ARCHIVED" if became.get("status") == CampaignStatus.ARCHIVED else "UPDATED"
                await record_history(connection, account_id, [Noted("Campaign", campaign.id, action, was, became)])
            await record_changes(connection, [Change(ChangeKind.CAMPAIGN, campaign.id)])
    except IntegrityError:
        raise _external_id_taken() from None
    return campaign


async def archive_campaign(account_id: int, campaign_id: int) -> Campaign:
    """Put it away. Its links go on working, as posts that carry them stay online. Raises NotFoundError."""
    return await update_campaign(account_id, campaign_id, {"status": CampaignStatus.ARCHIVED})


async def add_creators(
    account_id: int, campaign_id: int, creator_ids: Sequence[int], *, stage: Stage = Stage.APPLIED
) -> list[AddedCreator]:
    """Put creators into a campaign. One who is in it already keeps the stage, so that a repeat changes nothing.

    Past APPLIED they get their links in the same transaction (LS2). Raises NotFoundError for the campaign.
    """
    if not 1 <= len(creator_ids) <= MAX_CREATORS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_CREATORS_A_CALL} creators in a call", ("creatorIds",))
    async with in_transaction() as connection:
        await _require_campaign(account_id, campaign_id)
        await wait_for_deliverables(connection, [campaign_id])
        await connection.execute_query(_ADD, [account_id, campaign_id, stage.value, list(creator_ids)])
        rows = await CampaignCreator.filter(campaign_id=campaign_id, creator_id__in=list(creator_ids))
        if stage in STAGES_WITH_LINKS:
            await generate_links(connection, account_id, campaign_id=campaign_id, creator_ids=list(creator_ids))
    found = {row.creator_id: row for row in rows}
    return [
        AddedCreator(
            creator_id,
            found.get(creator_id),
            None if creator_id in found else NotFoundError("no such creator", ("creatorIds", str(place))),
        )
        for place, creator_id in enumerate(creator_ids)
    ]


async def set_stage(account_id: int, campaign_creator_id: int, stage: Stage) -> CampaignCreator:
    """Move a creator to a stage. Past APPLIED the links that are missing are made at once (LS2, LS3); none is taken.

    Raises NotFoundError.
    """
    async with in_transaction() as connection:
        moved = await move_creators(connection, account_id, {campaign_creator_id: stage})
    if campaign_creator_id not in moved:
        raise NotFoundError("no such creator in a campaign", ("id",))
    return moved[campaign_creator_id]


def _read_fields(campaign: Campaign) -> CampaignFields:
    stored = {name: getattr(campaign, name) for name in CampaignFields._fields if name not in _SAID_OTHERWISE}
    kinds, window_s = campaign.counted_kinds, campaign.attribution_window_s
    return CampaignFields(
        **{**stored, "tags": tuple(campaign.tags)},
        attribution_window_days=None if window_s is None else window_s // DAY_S,
        counted_kinds=None if kinds is None else tuple(ConversionKind[name] for name in kinds),
    )


def _columns(fields: CampaignFields) -> dict[str, Any]:
    kinds, days = fields.counted_kinds, fields.attribution_window_days
    stored = {name: value for name, value in fields._asdict().items() if name not in _SAID_OTHERWISE}
    return {
        **stored,
        "tags": list(fields.tags),
        "attribution_window_s": None if days is None else days * DAY_S,
        "counted_kinds": None if kinds is None else [kind.name for kind in kinds],
    }


async def _describe(campaign: Campaign) -> dict[str, Any]:
    """As history tells it, by the names of the graph."""
    domain = await TrackingDomain.get_or_none(id=campaign.domain_id) if campaign.domain_id else None
    described = {told: _write(getattr(campaign, name)) for name, told in _GRAPH_NAMES.items()}
    window_s, kinds = campaign.attribution_window_s, campaign.counted_kinds
    return {
        **described,
        "tags": list(campaign.tags),
        "domain": domain.host if domain else None,
        "attributionWindowDays": None if window_s is None else window_s // DAY_S,
        "countedKinds": None if kinds is None else list(kinds),
    }


def _write(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


async def _check_window(connection: BaseDBAsyncClient, account_id: int, days: int | None) -> None:
    """Lock the account before its campaign, so that retention becomes no shorter while a window becomes longer."""
    if days is not None:
        account = await Account.select_for_update(no_key=True).using_db(connection).get(id=account_id)
        check_own_window(days, account.retention_days)


def _external_id_taken() -> TakenError:
    return TakenError("another campaign of the account has this external id", ("externalId",))


async def _lock_campaign(account_id: int, campaign_id: int) -> Campaign:
    campaign = await Campaign.select_for_update().get_or_none(id=campaign_id, account_id=account_id)
    if campaign is None:
        raise NotFoundError("no such campaign", ("id",))
    return campaign


async def _require_campaign(account_id: int, campaign_id: int) -> None:
    if not await Campaign.filter(id=campaign_id, account_id=account_id).exists():
        raise NotFoundError("no such campaign", ("campaignId",))
