"""Use cases of coupons. Each owns its transaction."""

from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.coupons.models import Coupon
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.links.models import LinkKind
from tracking.text import check_text

MAX_CODE_CHARS: Final = 64
_PUBLIC_KINDS: Final = frozenset({LinkKind.CAMPAIGN.value, LinkKind.CREATOR.value})
_LOCK_LINK: Final = """
    SELECT kind, creator_id, archived_at, is_test, is_honeypot FROM link WHERE account_id = $1 AND id = $2 FOR SHARE
"""
_INSERT: Final = """
    INSERT INTO coupon (account_id, code, link_id, created_at) VALUES ($1, $2, $3, now())
    ON CONFLICT DO NOTHING
    RETURNING id
"""


class NewCoupon(NamedTuple):
    code: str
    link_id: int


async def create_coupon(account_id: int, given: NewCoupon, *, idempotency_key: str | None = None) -> int:
    """The id of the coupon. Raises TakenError for a code in use in any case, and whatever is wrong with the link."""
    code = check_text(given.code, "code", max_chars=MAX_CODE_CHARS)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await _check_link(connection, account_id, given.link_id)
        rows = await connection.execute_query_dict(_INSERT, [account_id, code, given.link_id])
        if not rows:
            raise TakenError(f"the code {code!r} leads to a link already: archive that coupon first", ("code",))
        noted = Noted("Coupon", rows[0]["id"], "CREATED", after={"code": code, "linkId": given.link_id})
        await record_history(connection, account_id, [noted])
        return [rows[0]["id"]]

    [coupon_id] = await run_once(account_id, "createCoupon", idempotency_key, given, work)
    return coupon_id


async def archive_coupon(account_id: int, coupon_id: int) -> Coupon:
    """The code leads nowhere from now on, and may be given to another link. Archiving again changes nothing."""
    async with in_transaction() as connection:
        coupon = await Coupon.select_for_update().get_or_none(id=coupon_id, account_id=account_id)
        if coupon is None:
            raise NotFoundError("no such coupon", ("id",))
        if coupon.archived_at is None:
            coupon.archived_at = utc_now()
            await coupon.save(update_fields=["archived_at"])
            await record_history(connection, account_id, [Noted("Coupon", coupon.id, "ARCHIVED")])
    return coupon


async def _check_link(connection: BaseDBAsyncClient, account_id: int, link_id: int) -> None:
    """Locked, so that it is not archived meanwhile."""
    rows = await connection.execute_query_dict(_LOCK_LINK, [account_id, link_id])
    if not rows:
        raise NotFoundError("no such link", ("linkId",))
    [link] = rows
    if link["archived_at"] is not None:
        raise ArchivedError("this link is archived", ("linkId",))
    is_for_people = not link["is_test"] and not link["is_honeypot"]
    if link["creator_id"] is None or link["kind"] not in _PUBLIC_KINDS or not is_for_people:
        raise InvalidInputError("a coupon belongs to a link that a creator shows to their audience", ("linkId",))
