"""Use cases of tracking deliverables: the campaign-level links that every creator gets one of (LS1)."""

from typing import Any, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.models import Campaign, TrackingDeliverable
from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.clock import utc_now
from tracking.domains.queries import choose_link_domain, list_tracking_hosts
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import run_once
from tracking.links.archiving import stop_links
from tracking.links.redirecting import follow_deliverable
from tracking.links.rules import check_slug_template, normalise_destination
from tracking.text import check_text


class NewDeliverable(NamedTuple):
    campaign_id: int
    name: str
    destination_url: str
    slug_template: str | None = None
    domain_id: int | None = None


async def create_deliverable(
    account_id: int, given: NewDeliverable, *, idempotency_key: str | None = None
) -> TrackingDeliverable:
    """Create it; the links of creators already past APPLIED are a job's work, asked for by the caller after commit.

    Raises NotFoundError or InvalidInputError.
    """
    if not await Campaign.filter(id=given.campaign_id, account_id=account_id).exists():
        raise NotFoundError("no such campaign", ("campaignId",))
    name = check_text(given.name, "name", max_chars=200)
    destination = check_destination(given.destination_url, await list_tracking_hosts())
    template = check_template(given.slug_template)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        # Whoever is being accepted right now is seen by the job that follows, or sees this deliverable.
        await connection.execute_query("SELECT FROM campaign WHERE id = $1 FOR NO KEY UPDATE", [given.campaign_id])
        domain = await choose_link_domain(account_id, domain_id=given.domain_id, campaign_id=given.campaign_id)
        row = await TrackingDeliverable.create(
            account_id=account_id,
            campaign_id=given.campaign_id,
            domain=domain,
            name=name,
            destination_url=destination,
            slug_template=template,
        )
        await record_history(
            connection, account_id, [Noted("TrackingDeliverable", row.id, "CREATED", None, _show(row))]
        )
        return [row.id]

    [deliverable_id] = await run_once(account_id, "createTrackingDeliverable", idempotency_key, given, work)
    return await TrackingDeliverable.get(id=deliverable_id)


async def update_deliverable(account_id: int, deliverable_id: int, changes: dict[str, Any]) -> TrackingDeliverable:
    """Change `name`, `destination_url` or `slug_template`, and the links that follow it (LS6), all at once.

    A link whose destination was edited by hand stays as it is. Raises NotFoundError, ArchivedError, InvalidInputError.
    """
    fields = await _check_changes(changes)
    async with in_transaction() as connection:
        row = await _lock(account_id, deliverable_id)
        if row.archived_at is not None:
            raise ArchivedError("this deliverable is archived: it and its links can no longer change", ("id",))
        before = _show(row)
        old_name = row.name
        await row.update_from_dict(fields).save(using_db=connection)
        difference = find_difference(before, _show(row))
        if difference[0]:
            await record_history(connection, account_id, [Noted("TrackingDeliverable", row.id, "UPDATED", *difference)])
            await follow_deliverable(connection, row, old_name)
            await record_changes(connection, [Change(ChangeKind.DELIVERABLE, row.id)])
    return row


async def archive_deliverable(account_id: int, deliverable_id: int) -> TrackingDeliverable:
    """Stop it and all its links for ever. Doing it again changes nothing. Raises NotFoundError."""
    async with in_transaction() as connection:
        row = await _lock(account_id, deliverable_id)
        if row.archived_at is None:
            row.archived_at = utc_now()
            await row.save(using_db=connection, update_fields=["archived_at"])
            after = {"archivedAt": row.archived_at.isoformat()}
            await record_history(
                connection, account_id, [Noted("TrackingDeliverable", row.id, "ARCHIVED", None, after)]
            )
            links = await connection.execute_query_dict(
                "SELECT id FROM link WHERE deliverable_id = $1 AND archived_at IS NULL", [row.id]
            )
            await stop_links(connection, account_id, [link["id"] for link in links])
            await record_changes(connection, [Change(ChangeKind.DELIVERABLE, row.id)])
    return row


def check_destination(raw: str, tracking_hosts: set[str]) -> str:
    """The destination as it is stored. Raises InvalidInputError that names the field."""
    try:
        return normalise_destination(raw, is_tracking_host=tracking_hosts.__contains__)
    except InvalidInputError as error:
        raise error.under("destinationUrl") from None


def check_template(template: str | None) -> str | None:
    try:
        return None if template is None else check_slug_template(template)
    except InvalidInputError as error:
        raise error.under("slugTemplate") from None


async def _check_changes(changes: dict[str, Any]) -> dict[str, Any]:
    fields = dict(changes)
    if "name" in fields:
        fields["name"] = check_text(fields["name"], "name", max_chars=200)
    if "destination_url" in fields:
        fields["destination_url"] = check_destination(fields["destination_url"], await list_tracking_hosts())
    if "slug_template" in fields:
        fields["slug_template"] = check_template(fields["slug_template"])
    return fields


async def _lock(account_id: int, deliverable_id: int) -> TrackingDeliverable:
    row = await TrackingDeliverable.select_for_update().get_or_none(id=deliverable_id, account_id=account_id)
    if row is None:
        raise NotFoundError("no such deliverable", ("id",))
    return row


def _show(row: TrackingDeliverable) -> dict[str, Any]:
    return {"name": row.name, "destinationUrl": row.destination_url, "slugTemplate": row.slug_template}
