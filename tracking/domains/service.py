"""Use cases of tracking domains. Each owns its transaction, and holds the account's lock first, then domains by id."""

from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.domains.looking import DomainLooker
from tracking.domains.models import TrackingDomain
from tracking.domains.rules import DomainStatus, check_host, find_status, make_verification_token
from tracking.domains.sightings import store_sighting
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import run_once

MAX_DOMAINS: Final = 100

_LOCK_ACCOUNT: Final = "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE"
_COUNT: Final = "SELECT count(*) AS domains FROM tracking_domain WHERE account_id = $1 AND archived_at IS NULL"
_INSERT: Final = """
    INSERT INTO tracking_domain (account_id, host, has_tls, is_default, verification_token, created_at)
    VALUES ($1, $2, $3, false, $4, now())
    ON CONFLICT DO NOTHING
    RETURNING id
"""
# The same row, so that no slug that was ever used on it is used again.
_REVIVE: Final = """
    UPDATE tracking_domain SET archived_at = NULL, verified_at = NULL, checked_at = NULL, failed_checks = 0,
        points_here = NULL, found_records = '{}', has_tls = $3, verification_token = $4, created_at = now()
    WHERE id = (SELECT max(id) FROM tracking_domain WHERE account_id = $1 AND host = $2 AND archived_at IS NOT NULL)
    RETURNING id
"""
_USES: Final = """
    SELECT EXISTS (SELECT FROM link WHERE domain_id = $1 AND archived_at IS NULL) AS links,
        EXISTS (SELECT FROM tracking_deliverable WHERE domain_id = $1 AND archived_at IS NULL) AS deliverables,
        EXISTS (SELECT FROM campaign WHERE domain_id = $1 AND status <> 'ARCHIVED') AS campaigns,
        EXISTS (SELECT FROM tracking_domain AS other JOIN tracking_domain AS this USING (account_id)
            WHERE this.id = $1 AND this.is_default AND other.id <> $1 AND other.verified_at IS NOT NULL
            AND other.archived_at IS NULL) AS account
"""
_REFUSALS: Final = {
    "links": "links on it still work: archive them first",
    "deliverables": "a tracking deliverable still makes links on it: archive that first",
    "campaigns": "a campaign still chooses it: choose another there first",
    "account": "it is the default: make another one the default first",
}


async def create_domain(
    account_id: int, host: str, *, has_tls: bool = True, idempotency_key: str | None = None
) -> TrackingDomain:
    """An unverified domain. Others may add the same host: whoever proves it gets it. Raises TakenError for a second
    one of this account, and InvalidInputError.
    """
    checked = check_host(host)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await _lock_account(connection, account_id)
        given = [account_id, checked, has_tls, make_verification_token()]
        if await TrackingDomain.filter(account_id=account_id, host=checked, archived_at__isnull=True).exists():
            raise TakenError(f"{checked} is a tracking domain of this account already", ("host",))
        [counted] = await connection.execute_query_dict(_COUNT, [account_id])
        if counted["domains"] >= MAX_DOMAINS:
            raise InvalidInputError(f"an account has at most {MAX_DOMAINS} tracking domains", ("host",))
        rows = await connection.execute_query_dict(_REVIVE, given)
        [row] = rows or await connection.execute_query_dict(_INSERT, given)
        noted = Noted("TrackingDomain", row["id"], "CREATED", after={"host": checked, "tls": has_tls})
        await record_history(connection, account_id, [noted])
        return [row["id"]]

    given = {"host": checked, "tls": has_tls}
    [domain_id] = await run_once(account_id, "createTrackingDomain", idempotency_key, given, work)
    return await TrackingDomain.get(id=domain_id)


async def verify_domain(account_id: int, domain_id: int, looker: DomainLooker) -> TrackingDomain:
    """Look at its records now. Raises NotFoundError, ArchivedError, or TakenError while another account has the host.

    A domain that needs no proof, as its name never leaves this machine, is answered as it is.
    """
    domain = await TrackingDomain.get_or_none(id=domain_id, account_id=account_id)
    if domain is None:
        raise NotFoundError("no such tracking domain", ("id",))
    if domain.archived_at is not None:
        raise ArchivedError(f"{domain.host} is archived", ("id",))
    if domain.verification_token is None:
        return domain
    sighting = await looker.look(domain.host, domain.verification_token)
    await store_sighting(domain, sighting, counts_failure=False)
    return await TrackingDomain.get(id=domain_id)


async def update_domain(
    account_id: int, domain_id: int, *, is_default: bool | None = None, has_tls: bool | None = None
) -> TrackingDomain:
    """What is None stays. Raises NotFoundError, ArchivedError, or InvalidInputError for a default that cannot be."""
    async with in_transaction() as connection:
        domain = await _lock_domain(connection, account_id, domain_id)
        before = _describe(domain)
        if is_default is not None:
            await _set_default(domain, is_default=is_default)
        if has_tls is not None:
            domain.has_tls = has_tls
            await domain.save(update_fields=["has_tls"])
        was, now = find_difference(before, _describe(domain))
        if now:
            await record_history(connection, account_id, [Noted("TrackingDomain", domain.id, "UPDATED", was, now)])
    return domain


async def archive_domain(account_id: int, domain_id: int) -> TrackingDomain:
    """No link is made on it any more. Refused while something uses it, so that nothing that works is stopped.

    It stays this account's, and its archived links go on answering 410, until another account proves the host.
    Archiving again changes nothing. Raises NotFoundError or InvalidInputError.
    """
    async with in_transaction() as connection:
        domain = await _lock_domain(connection, account_id, domain_id, is_archived_allowed=True)
        if domain.archived_at is None:
            [uses] = await connection.execute_query_dict(_USES, [domain.id])
            for use, refusal in _REFUSALS.items():
                if uses[use]:
                    raise InvalidInputError(refusal, ("id",))
            domain.archived_at, domain.is_default = utc_now(), False
            await domain.save(update_fields=["archived_at", "is_default"])
            await record_history(connection, account_id, [Noted("TrackingDomain", domain.id, "ARCHIVED")])
    return domain


async def _lock_account(connection: BaseDBAsyncClient, account_id: int) -> None:
    await connection.execute_query(_LOCK_ACCOUNT, [account_id])


async def _lock_domain(
    connection: BaseDBAsyncClient, account_id: int, domain_id: int, *, is_archived_allowed: bool = False
) -> TrackingDomain:
    """Waits for links that are being made on it."""
    await _lock_account(connection, account_id)
    domain = await TrackingDomain.select_for_update().get_or_none(id=domain_id, account_id=account_id)
    if domain is None:
        raise NotFoundError("no such tracking domain", ("id",))
    if domain.archived_at is not None and not is_archived_allowed:
        raise ArchivedError(f"{domain.host} is archived", ("id",))
    return domain


async def _set_default(domain: TrackingDomain, *, is_default: bool) -> None:
    """Under the account's lock: the old default steps back first, as the unique key allows one at any moment."""
    if is_default == domain.is_default:
        return
    if not is_default:
        raise InvalidInputError("make another one the default instead", ("isDefault",))
    if find_status(domain.verified_at, domain.failed_checks) is not DomainStatus.VERIFIED:
        raise InvalidInputError(f"{domain.host} is not verified", ("isDefault",))
    await TrackingDomain.filter(account_id=domain.account_id, is_default=True).update(is_default=False)
    domain.is_default = True
    await domain.save(update_fields=["is_default"])


def _describe(domain: TrackingDomain) -> dict[str, bool]:
    return {"isDefault": domain.is_default, "tls": domain.has_tls}
