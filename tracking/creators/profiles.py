"""Use cases of creators' profiles and of the follower counts that were read there, each with its day (CU5)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.creators.models import Creator, CreatorProfile, FollowerCount
from tracking.creators.rules import (
    FollowerReading,
    NewProfile,
    check_counted_on,
    check_followers,
    check_profile_values,
)
from tracking.errors import DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import KeptItem, answer_once, keep_error, restore_error

MAX_READINGS_A_CALL: Final = 1_000
MAX_PROFILES: Final = 100

# Sorted, so that two calls with the same days wait for each other and never deadlock.
_UPSERT: Final = """
    INSERT INTO follower_count (account_id, profile_id, counted_on, followers)
    SELECT $1, profile.id, given.counted_on, given.followers
    FROM unnest($2::bigint[], $3::date[], $4::bigint[]) AS given (profile_id, counted_on, followers)
    JOIN creator_profile AS profile ON profile.id = given.profile_id AND profile.account_id = $1
    ORDER BY profile.id, given.counted_on
    ON CONFLICT (profile_id, counted_on) DO UPDATE SET followers = excluded.followers
"""
_HOLD_PROFILES: Final = """
    SELECT id FROM creator_profile WHERE account_id = $1 AND id = ANY ($2::bigint[]) ORDER BY id FOR KEY SHARE
"""
# Where its followers were the audience, the rule finds another.
_UNNAME: Final = "UPDATE campaign_creator SET profile_id = NULL WHERE account_id = $1 AND profile_id = $2"


class ReadingOutcome(NamedTuple):
    """What became of one item of a bulk call: its profile has the count, or why not."""

    place: int
    profile_id: int | None
    error: DomainError | None


async def add_profile(account_id: int, creator_id: int, given: NewProfile) -> CreatorProfile:
    """Raises NotFoundError, InvalidInputError, or TakenError when the creator has this profile."""
    fields = check_profile_values({"platform": given.platform, "handle": given.handle, "url": given.url})
    try:
        async with in_transaction() as connection:
            creator = await Creator.select_for_update().get_or_none(id=creator_id, account_id=account_id)
            if creator is None:
                raise NotFoundError("no such creator", ("creatorId",))
            if await CreatorProfile.filter(creator_id=creator_id).count() >= MAX_PROFILES:
                raise InvalidInputError(f"a creator has at most {MAX_PROFILES} profiles", ("creatorId",))
            profile = await CreatorProfile.create(account_id=account_id, creator_id=creator_id, **fields)
            noted = Noted("Creator", creator_id, "PROFILE_ADDED", after=_describe(profile))
            await record_history(connection, account_id, [noted])
    except IntegrityError:
        raise _taken(fields["handle"]) from None
    return profile


async def update_profile(account_id: int, profile_id: int, changes: dict[str, Any]) -> CreatorProfile:
    """Change what is named of platform, handle and url; counts stay. Raises as `add_profile` does."""
    checked = check_profile_values(changes)
    try:
        async with in_transaction() as connection:
            profile = await _lock_profile(account_id, profile_id)
            before = _describe(profile)
            await profile.update_from_dict(checked).save()
            was, became = find_difference(before, _describe(profile))
            if became:
                noted = Noted("Creator", profile.creator_id, "PROFILE_UPDATED", was, became)
                await record_history(connection, account_id, [noted])
    except IntegrityError:
        raise _taken(checked.get("handle", "")) from None
    return profile


async def remove_profile(account_id: int, profile_id: int) -> CreatorProfile:
    """The profile as it was, with its counts gone too. Raises NotFoundError."""
    async with in_transaction() as connection:
        profile = await _lock_profile(account_id, profile_id)
        await FollowerCount.filter(profile_id=profile_id).delete()
        await connection.execute_query(_UNNAME, [account_id, profile_id])
        await CreatorProfile.filter(id=profile_id).delete()
        noted = Noted("Creator", profile.creator_id, "PROFILE_REMOVED", before=_describe(profile))
        await record_history(connection, account_id, [noted])
    return profile


async def record_follower_counts(
    account_id: int, readings: Sequence[FollowerReading], *, idempotency_key: str | None = None
) -> list[ReadingOutcome]:
    """Note each count under its profile and day; other days stay as they are, and a later reading of a day mends it.

    Raises InvalidInputError for the call as a whole only: too many at once, or a bad key.
    """
    if not 1 <= len(readings) <= MAX_READINGS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_READINGS_A_CALL} counts in a call", ("counts",))

    async def work(connection: BaseDBAsyncClient) -> list[KeptItem]:
        return await _record(connection, account_id, readings)

    given, name = list(readings), "recordFollowerCounts"
    kept = await answer_once(account_id, name, idempotency_key, given, work, answer_type=list[KeptItem])
    return [
        ReadingOutcome(place, item.id, restore_error(item.error) if item.error else None)
        for place, item in enumerate(kept)
    ]


async def _record(
    connection: BaseDBAsyncClient, account_id: int, readings: Sequence[FollowerReading]
) -> list[KeptItem]:
    faults = [_find_fault(reading) for reading in readings]
    good = [reading for reading, fault in zip(readings, faults, strict=True) if fault is None]
    ids = sorted({reading.profile_id for reading in good})
    held = {row["id"] for row in await connection.execute_query_dict(_HOLD_PROFILES, [account_id, ids])}
    latest = {(each.profile_id, each.counted_on): each.followers for each in good}
    columns = [[key[0] for key in latest], [key[1] for key in latest], list(latest.values())]
    await connection.execute_query(_UPSERT, [account_id, *columns])
    items = []
    for place, (reading, fault) in enumerate(zip(readings, faults, strict=True)):
        error = fault if fault or reading.profile_id in held else NotFoundError("no such profile", ("profileId",))
        kept = keep_error(error.under("counts", str(place))) if error else None
        items.append(KeptItem(None if error else reading.profile_id, kept))
    return items


def _find_fault(reading: FollowerReading) -> DomainError | None:
    latest_today = (utc_now() + dt.timedelta(hours=14)).date()
    try:
        check_followers(reading.followers)
        check_counted_on(reading.counted_on, latest_today)
    except DomainError as error:
        return error
    return None


async def _lock_profile(account_id: int, profile_id: int) -> CreatorProfile:
    profile = await CreatorProfile.select_for_update().get_or_none(id=profile_id, account_id=account_id)
    if profile is None:
        raise NotFoundError("no such profile", ("id",))
    return profile


def _describe(profile: CreatorProfile) -> dict[str, Any]:
    return {"platform": profile.platform.value, "handle": profile.handle, "url": profile.url}


def _taken(handle: str) -> TakenError:
    return TakenError(f"the creator has a profile {handle!r} on this platform already", ("handle",))
