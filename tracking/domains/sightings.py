"""What a look at a domain's records changes: it becomes verified, counts a failed check, or gives its host away."""

from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.clock import utc_now
from tracking.domains.looking import Proof, Sighting
from tracking.domains.models import TrackingDomain
from tracking.errors import TakenError
from tracking.history.service import Noted, record_history

_LOCK_ACCOUNT: Final = "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE"
_LOCK_HOST: Final = "SELECT FROM tracking_domain WHERE host = $1 ORDER BY id FOR NO KEY UPDATE"


async def store_sighting(seen: TrackingDomain, sighting: Sighting, *, counts_failure: bool) -> bool:
    """Whether a domain was verified by it. `seen` is the row that the look began with.

    A look that counts failures adds at most one, also when two workers make it. What is archived meanwhile stays as it
    is. Raises TakenError, with what was found stored, while another account holds the host.
    """
    async with in_transaction() as connection:
        await connection.execute_query(_LOCK_ACCOUNT, [seen.account_id])
        await connection.execute_query(_LOCK_HOST, [seen.host])
        domain = await TrackingDomain.get(id=seen.id)
        if domain.archived_at is not None or domain.verification_token != seen.verification_token:
            return False
        is_first_look = domain.checked_at == seen.checked_at
        domain.checked_at = utc_now()
        domain.points_here, domain.found_records = sighting.points_here, sighting.found
        if sighting.proof is Proof.PRESENT:
            domain.failed_checks = 0
        elif sighting.proof is Proof.MISSING and counts_failure and is_first_look and domain.verified_at is not None:
            domain.failed_checks += 1
        await domain.save(update_fields=["checked_at", "points_here", "found_records", "failed_checks"])
        if sighting.proof is not Proof.PRESENT or domain.verified_at is not None:
            return False
        is_free = await _free_host(connection, domain)
        if is_free:
            await _verify(connection, domain)
    if not is_free:
        raise TakenError(f"{domain.host} belongs to another account until that archives it", ("id",))
    return True


async def _free_host(connection: BaseDBAsyncClient, domain: TrackingDomain) -> bool:
    """False while it is held. Who archived it gives way to who proves it: its links, all archived, become unknown."""
    holder = await TrackingDomain.get_or_none(host=domain.host, verified_at__isnull=False)
    if holder is None:
        return True
    if holder.archived_at is None:
        return False
    holder.verified_at = None
    await holder.save(update_fields=["verified_at"])
    await record_history(connection, holder.account_id, [Noted("TrackingDomain", holder.id, "HOST_GIVEN_UP")])
    return True


async def _verify(connection: BaseDBAsyncClient, domain: TrackingDomain) -> None:
    """The first one becomes the default, so that links can be made without naming one."""
    domain.verified_at = domain.checked_at
    domain.is_default = not await TrackingDomain.filter(account_id=domain.account_id, is_default=True).exists()
    await domain.save(update_fields=["verified_at", "is_default"])
    after = {"status": "VERIFIED", "isDefault": domain.is_default}
    await record_history(connection, domain.account_id, [Noted("TrackingDomain", domain.id, "VERIFIED", after=after)])
    await record_changes(connection, [Change(ChangeKind.DOMAIN, domain.id)])
