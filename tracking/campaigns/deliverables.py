"""Use cases of tracking deliverables: the campaign-level links that every creator gets one of (LS1)."""

from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.campaigns.models import Campaign, TrackingDeliverable
from tracking.domains.queries import find_link_domain, list_tracking_hosts
from tracking.errors import InvalidInputError, NotFoundError
from tracking.idempotency import run_once
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
        domain = await find_link_domain(account_id, given.domain_id)
        row = await TrackingDeliverable.create(
            account_id=account_id,
            campaign_id=given.campaign_id,
            domain=domain,
            name=name,
            destination_url=destination,
            slug_template=template,
        )
        return [row.id]

    [deliverable_id] = await run_once(account_id, "createTrackingDeliverable", idempotency_key, given, work)
    return await TrackingDeliverable.get(id=deliverable_id)


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
