"""Use cases of creatives. Each owns its transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.creatives.models import Creative
from tracking.errors import ArchivedError, DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.idempotency import KeptItem, answer_once, keep_error, restore_error
from tracking.text import check_text

MAX_CREATIVES_A_CALL: Final = 1_000

# In the order of the external ids, so that parallel calls wait for each other and never deadlock.
_INSERT: Final = """
    INSERT INTO creative (account_id, name, external_id, created_at)
    SELECT $1, name, external_id, now()
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS given (name, external_id, place)
    ORDER BY external_id NULLS FIRST, place
    ON CONFLICT DO NOTHING
    RETURNING id, name, external_id
"""


class CreativeFields(NamedTuple):
    name: str
    external_id: str | None = None


class CreativeOutcome(NamedTuple):
    """What became of one item of a bulk call: the creative's id, or why not. The others are not held up by it."""

    creative_id: int | None
    error: DomainError | None


async def create_creatives(
    account_id: int, creatives: Sequence[CreativeFields], *, idempotency_key: str | None = None
) -> list[CreativeOutcome]:
    """Create each creative that can be; the others answer why not.

    Raises InvalidInputError for the call as a whole only: too many at once, or a bad key.
    """
    if not 1 <= len(creatives) <= MAX_CREATIVES_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_CREATIVES_A_CALL} creatives in a call", ("creatives",))

    async def work(connection: BaseDBAsyncClient) -> list[KeptItem]:
        outcomes = await _create(connection, account_id, [_try_check(each) for each in creatives])
        return [
            KeptItem(None, keep_error(outcome.under("creatives", str(place))))
            if isinstance(outcome, DomainError)
            else KeptItem(outcome)
            for place, outcome in enumerate(outcomes)
        ]

    kept = await answer_once(
        account_id, "createCreatives", idempotency_key, list(creatives), work, answer_type=list[KeptItem]
    )
    return [CreativeOutcome(item.id, restore_error(item.error) if item.error else None) for item in kept]


async def update_creative(account_id: int, creative_id: int, changes: Mapping[str, Any]) -> Creative:
    """Change what is in `changes`, by the names of CreativeFields.

    Raises NotFoundError, ArchivedError, InvalidInputError, or TakenError for an external id in use.
    """
    try:
        async with in_transaction():
            creative = await _lock_creative(account_id, creative_id)
            if creative.archived_at is not None:
                raise ArchivedError("this creative is archived", ("id",))
            fields = _check(CreativeFields(creative.name, creative.external_id)._replace(**changes))
            await creative.update_from_dict(fields._asdict()).save(update_fields=list(fields._fields))
    except IntegrityError as error:
        raise _refuse_external_id(changes.get("external_id")) from error
    return creative


async def archive_creative(account_id: int, creative_id: int) -> Creative:
    """No new message takes it; what it did stays in every report. Archiving again changes nothing."""
    async with in_transaction():
        creative = await _lock_creative(account_id, creative_id)
        if creative.archived_at is None:
            creative.archived_at = utc_now()
            await creative.save(update_fields=["archived_at"])
    return creative


async def _create(
    connection: BaseDBAsyncClient, account_id: int, checked: Sequence[CreativeFields | DomainError]
) -> list[int | DomainError]:
    """Rows that come back are matched by their values: those of the same name and no external id are alike."""
    wanted = [each for each in checked if isinstance(each, CreativeFields)]
    columns = [[each.name for each in wanted], [each.external_id for each in wanted]]
    ids: dict[CreativeFields, list[int]] = {}
    for row in await connection.execute_query_dict(_INSERT, [account_id, *columns]):
        ids.setdefault(CreativeFields(row["name"], row["external_id"]), []).append(row["id"])
    for alike in ids.values():
        alike.sort(reverse=True)
    return [each if isinstance(each, DomainError) else _take(ids, each) for each in checked]


def _take(ids: dict[CreativeFields, list[int]], wanted: CreativeFields) -> int | DomainError:
    left = ids.get(wanted)
    return left.pop() if left else _refuse_external_id(wanted.external_id)


async def _lock_creative(account_id: int, creative_id: int) -> Creative:
    creative = await Creative.select_for_update().get_or_none(id=creative_id, account_id=account_id)
    if creative is None:
        raise NotFoundError("no such creative", ("id",))
    return creative


def _try_check(given: CreativeFields) -> CreativeFields | DomainError:
    try:
        return _check(given)
    except DomainError as error:
        return error


def _check(given: CreativeFields) -> CreativeFields:
    external_id = given.external_id
    return CreativeFields(
        name=check_text(given.name, "name", max_chars=200),
        external_id=None if external_id is None else check_text(external_id, "externalId", max_chars=200),
    )


def _refuse_external_id(external_id: str | None) -> DomainError:
    return TakenError(f"there is a creative with the external id {external_id!r} already", ("externalId",))
