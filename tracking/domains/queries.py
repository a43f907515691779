"""Reads of tracking domains that use cases need."""

from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.campaigns.models import Campaign
from tracking.domains.models import TrackingDomain
from tracking.domains.rules import DomainStatus, find_status
from tracking.errors import DomainError, InvalidInputError, NotFoundError

_HOLD = "SELECT archived_at IS NOT NULL AS is_archived FROM tracking_domain WHERE id = $1 FOR KEY SHARE"


async def choose_link_domain(
    account_id: int, *, domain_id: int | None = None, campaign_id: int | None = None
) -> TrackingDomain:
    """The domain that a new link lives on: the one asked for, else the campaign's choice, else the account's default.

    Call it in the transaction that makes the link: the domain cannot be archived until that ends. Raises NotFoundError,
    or InvalidInputError for one that is archived, or not verified, or no longer (TR2).
    """
    if domain_id is None and campaign_id is not None:
        campaign = await Campaign.get_or_none(id=campaign_id, account_id=account_id)
        if campaign is not None and campaign.domain_id is not None:
            try:
                return await find_link_domain(account_id, campaign.domain_id)
            except DomainError as error:
                raise type(error)(f"the campaign's domain: {error.message}", ("campaignId",)) from None
    return await find_link_domain(account_id, domain_id)


async def find_link_domain(account_id: int, domain_id: int | None) -> TrackingDomain:
    """This domain or, for None, the account's default. Raises as `choose_link_domain` does."""
    wanted = {"is_default": True} if domain_id is None else {"id": domain_id}
    domain = await TrackingDomain.get_or_none(account_id=account_id, **wanted)
    if domain is None:
        raise NotFoundError("no such tracking domain; links need one of this account", ("domainId",))
    if await _is_archived(domain):
        raise InvalidInputError(f"{domain.host} is archived: it takes no links", ("domainId",))
    status = find_status(domain.verified_at, domain.failed_checks)
    if status is DomainStatus.UNVERIFIED:
        raise InvalidInputError(f"{domain.host} is not verified yet", ("domainId",))
    if status is DomainStatus.FAILING:
        raise InvalidInputError(
            f"{domain.host} has lost its verification record: it takes no new links until that is back", ("domainId",)
        )
    return domain


async def list_tracking_hosts() -> set[str]:
    """Every host that redirects: a destination on one of them would be a loop."""
    return set(await TrackingDomain.filter(verified_at__isnull=False).values_list("host", flat=True))  # type: ignore[arg-type]  # typed as tuples


async def _is_archived(domain: TrackingDomain) -> bool:
    """Waits for whoever is archiving it, and keeps others from it until the caller's transaction ends."""
    connection: BaseDBAsyncClient = connections.get("default")
    [row] = await connection.execute_query_dict(_HOLD, [domain.id])
    return bool(row["is_archived"])
