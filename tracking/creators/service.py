"""Use cases of creators. Each owns its transaction."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.creators.models import Creator
from tracking.creators.rules import (
    NewCreator,
    NewProfile,
    check_creator,
    check_external_id,
    check_handle,
    check_name,
    make_public_id,
)
from tracking.errors import DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import KeptItem, answer_once, keep_error, restore_error

MAX_CREATORS_A_CALL: Final = 1_000

_INSERT: Final = """
    WITH inserted AS (
        INSERT INTO creator (account_id, public_id, handle, name, external_id, created_at)
        SELECT $1, public_id, handle, name, external_id, now()
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS given (public_id, handle, name, external_id)
        ON CONFLICT DO NOTHING
        RETURNING id, public_id
    )
    SELECT id, public_id FROM inserted
"""
_INSERT_PROFILES: Final = """
    WITH given AS (
        SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::date[], $7::bigint[])
        AS given (creator_id, platform, handle, url, counted_on, followers)
    ),
    inserted AS (
        INSERT INTO creator_profile (account_id, creator_id, platform, handle, url)
        SELECT $1, creator_id, platform, handle, url FROM given
        RETURNING id, creator_id, platform, handle
    )
    INSERT INTO follower_count (account_id, profile_id, counted_on, followers)
    SELECT $1, inserted.id, given.counted_on, given.followers
    FROM given JOIN inserted USING (creator_id, platform, handle)
    WHERE given.followers IS NOT NULL
"""
_TAKEN_HANDLES: Final = """
    SELECT given.handle FROM unnest($2::text[]) AS given (handle)
    JOIN creator ON account_id = $1 AND lower(creator.handle) = lower(given.handle)
"""


class CreatorOutcome(NamedTuple):
    """What became of one item of a bulk call: the creator, or why not. The others are not held up by it."""

    place: int
    creator: Creator | None
    error: DomainError | None


async def create_creators(
    account_id: int, creators: Sequence[NewCreator], *, idempotency_key: str | None = None
) -> list[CreatorOutcome]:
    """Create each creator that can be; the others answer why not. A repeat with the same key creates nothing.

    Raises InvalidInputError for the call as a whole only: too many at once, or a bad key.
    """
    if not 1 <= len(creators) <= MAX_CREATORS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_CREATORS_A_CALL} creators in a call", ("creators",))

    async def work(connection: BaseDBAsyncClient) -> list[KeptItem]:
        checked = [_check(creator) for creator in creators]
        ids = await _insert(connection, account_id, [each for each in checked if isinstance(each, NewCreator)])
        return await _describe_outcomes(connection, account_id, checked, iter(ids))

    kept = await answer_once(
        account_id, "createCreators", idempotency_key, list(creators), work, answer_type=list[KeptItem]
    )
    rows = await Creator.filter(account_id=account_id, id__in=[item.id for item in kept if item.id is not None])
    found = {row.id: row for row in rows}
    return [
        CreatorOutcome(
            place,
            found[item.id] if item.id is not None else None,
            restore_error(item.error).under("creators", str(place)) if item.error else None,
        )
        for place, item in enumerate(kept)
    ]


async def update_creator(account_id: int, creator_id: int, changes: dict[str, Any]) -> Creator:
    """Change what is named of handle, name and external id; links follow, as destinations carry the external id.

    Raises NotFoundError, InvalidInputError or TakenError.
    """
    checks = {"handle": check_handle, "name": check_name, "external_id": check_external_id}
    checked = {name: checks[name](value) for name, value in changes.items()}
    try:
        async with in_transaction() as connection:
            creator = await Creator.select_for_update().get_or_none(id=creator_id, account_id=account_id)
            if creator is None:
                raise NotFoundError("no such creator", ("id",))
            before = _describe(creator)
            await creator.update_from_dict(checked).save()
            was, became = find_difference(before, _describe(creator))
            if became:
                await record_history(connection, account_id, [Noted("Creator", creator_id, "UPDATED", was, became)])
            if "externalId" in became:
                await record_changes(connection, [Change(ChangeKind.CREATOR, creator_id)])
    except IntegrityError as error:
        field = "externalId" if "creator_external_id_key" in str(error) else "handle"
        raise TakenError("another creator of the account has it", (field,)) from None
    return creator


def _describe(creator: Creator) -> dict[str, Any]:
    return {"handle": creator.handle, "name": creator.name, "externalId": creator.external_id}


def _check(creator: NewCreator) -> NewCreator | DomainError:
    try:
        return check_creator(creator)
    except DomainError as error:
        return error


async def _describe_outcomes(
    connection: BaseDBAsyncClient,
    account_id: int,
    checked: Sequence[NewCreator | DomainError],
    ids: Iterator[int],
) -> list[KeptItem]:
    """`ids` are those of the creators among `checked`, 0 for one that cannot be had."""
    items = [
        KeptItem(None, keep_error(each)) if isinstance(each, DomainError) else KeptItem(next(ids)) for each in checked
    ]
    refused = {
        place: each for place, each in enumerate(checked) if isinstance(each, NewCreator) and not items[place].id
    }
    handles = [creator.handle for creator in refused.values()]
    rows = await connection.execute_query_dict(_TAKEN_HANDLES, [account_id, handles]) if handles else []
    taken = {row["handle"] for row in rows}
    for place, creator in refused.items():
        items[place] = KeptItem(None, keep_error(_explain(creator, is_handle_taken=creator.handle in taken)))
    return items


def _explain(creator: NewCreator, *, is_handle_taken: bool) -> TakenError:
    if is_handle_taken:
        return TakenError(f"there is a creator {creator.handle!r} already", ("handle",))
    return TakenError(f"there is a creator with the external id {creator.external_id!r} already", ("externalId",))


async def _insert(connection: BaseDBAsyncClient, account_id: int, creators: Sequence[NewCreator]) -> list[int]:
    """The id of each creator, 0 for one that cannot be had. Sorted, so that parallel calls wait but never deadlock."""
    public_ids = [make_public_id() for _ in creators]
    pairs = sorted(zip(public_ids, creators, strict=True), key=lambda pair: pair[1].handle.lower())
    columns = (
        [public_id for public_id, _ in pairs],
        [each.handle for _, each in pairs],
        [each.name for _, each in pairs],
        [each.external_id for _, each in pairs],
    )
    rows = await connection.execute_query_dict(_INSERT, [account_id, *columns])
    ids = {row["public_id"]: int(row["id"]) for row in rows}
    profiles = [(ids[public_id], profile) for public_id, each in pairs if public_id in ids for profile in each.profiles]
    await _insert_profiles(connection, account_id, profiles)
    return [ids.get(public_id, 0) for public_id in public_ids]


async def _insert_profiles(
    connection: BaseDBAsyncClient, account_id: int, profiles: Sequence[tuple[int, NewProfile]]
) -> None:
    columns = (
        [creator_id for creator_id, _ in profiles],
        [profile.platform.value for _, profile in profiles],
        [profile.handle for _, profile in profiles],
        [profile.url for _, profile in profiles],
        [profile.followers_as_of for _, profile in profiles],
        [profile.followers for _, profile in profiles],
    )
    await connection.execute_query(_INSERT_PROFILES, [account_id, *columns])
