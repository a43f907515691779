"""Reads of tracking domains."""

from tracking.domains.models import TrackingDomain
from tracking.errors import InvalidInputError, NotFoundError


async def find_link_domain(account_id: int, domain_id: int | None) -> TrackingDomain:
    """The domain that new links live on: the one asked for, else the account's default. It must be verified (TR2)."""
    if domain_id is None:
        domain = await TrackingDomain.get_or_none(account_id=account_id, is_default=True)
    else:
        domain = await TrackingDomain.get_or_none(account_id=account_id, id=domain_id)
    if domain is None:
        raise NotFoundError("no such tracking domain; links need one of this account", ("domainId",))
    if domain.verified_at is None:
        raise InvalidInputError(f"{domain.host} is not verified yet", ("domainId",))
    return domain


async def list_tracking_hosts() -> set[str]:
    """Every host that redirects: a destination on one of them would be a loop."""
    return set(await TrackingDomain.all().values_list("host", flat=True))  # type: ignore[arg-type]  # typed as tuples
