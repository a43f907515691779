"""Looks again at domains: verified ones once a day, new ones often, so that nobody needs to ask."""

import asyncio
from typing import Final

import structlog
from tortoise.expressions import RawSQL

from tracking.domains.looking import DomainLooker
from tracking.domains.models import TrackingDomain
from tracking.domains.rules import DomainStatus, find_status
from tracking.domains.sightings import store_sighting
from tracking.errors import TakenError

LOOKS_AT_ONCE: Final = 10

# A domain that nobody has proven within a month is looked at only when somebody asks.
_IS_DUE: Final = """
    (archived_at IS NULL AND verification_token IS NOT NULL AND CASE
        WHEN verified_at IS NOT NULL THEN coalesce(checked_at, verified_at) < now() - interval '1 day'
        WHEN created_at > now() - interval '3 days' THEN coalesce(checked_at, created_at) < now() - interval '10 min'
        WHEN created_at > now() - interval '30 days' THEN coalesce(checked_at, created_at) < now() - interval '6 h'
        ELSE false END)
"""

log = structlog.get_logger()


async def check_due_domains(looker: DomainLooker, *, limit: int) -> int:
    """Look at those that are due, the longest unseen first. Returns how many became verified: tell redirectors."""
    due = TrackingDomain.annotate(is_due=RawSQL(_IS_DUE), seen_at=RawSQL("coalesce(checked_at, created_at)"))
    domains = await due.filter(is_due=True).order_by("seen_at", "id").limit(limit)
    turns = asyncio.Semaphore(LOOKS_AT_ONCE)
    verified = await asyncio.gather(*(_check(domain, looker, turns) for domain in domains))
    return sum(verified)


async def _check(domain: TrackingDomain, looker: DomainLooker, turns: asyncio.Semaphore) -> bool:
    if domain.verification_token is None:
        return False
    async with turns:
        sighting = await looker.look(domain.host, domain.verification_token)
        try:
            is_new = await store_sighting(domain, sighting, counts_failure=True)
        except TakenError:
            return False
    await _warn_if_failing(domain)
    return is_new


async def _warn_if_failing(domain: TrackingDomain) -> None:
    was = find_status(domain.verified_at, domain.failed_checks)
    await domain.refresh_from_db(fields=["verified_at", "failed_checks"])
    if was is DomainStatus.VERIFIED and find_status(domain.verified_at, domain.failed_checks) is DomainStatus.FAILING:
        log.warning("domain lost its verification record", account_id=domain.account_id, host=domain.host)
