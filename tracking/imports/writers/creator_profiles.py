"""Writes the profiles of creators, and the follower counts of theirs, by day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.creators.models import Platform
from tracking.creators.rules import NewProfile

_FIND: Final = """
    SELECT profile.creator_id, profile.platform, profile.handle, profile.url, counted.counted_on, counted.followers
    FROM creator_profile AS profile
    LEFT JOIN follower_count AS counted ON counted.profile_id = profile.id AND counted.counted_on = ANY ($2::date[])
    WHERE profile.creator_id = ANY ($1::bigint[])
"""
_WRITE: Final = """
    WITH given AS (
        SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[])
        AS given (creator_id, platform, handle, url)
    )
    INSERT INTO creator_profile (account_id, creator_id, platform, handle, url)
    SELECT $1, creator_id, platform, handle, url FROM given ORDER BY creator_id, platform, handle
    ON CONFLICT (creator_id, platform, handle) DO UPDATE SET url = coalesce(excluded.url, creator_profile.url)
"""
_COUNT: Final = """
    INSERT INTO follower_count (account_id, profile_id, counted_on, followers)
    SELECT $1, profile.id, counted_on, followers
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::date[], $6::bigint[])
        AS given (creator_id, platform, handle, counted_on, followers)
    JOIN creator_profile AS profile USING (creator_id, platform, handle)
    ORDER BY profile.id, counted_on
    ON CONFLICT (profile_id, counted_on) DO UPDATE SET followers = excluded.followers
"""


@dataclass
class _Profile:
    url: str | None = None
    counts: dict[dt.date, int] = field(default_factory=dict)
    new_days: set[dt.date] = field(default_factory=set)
    is_new: bool = True


@dataclass
class KnownProfiles:
    """Of one creator, as they will be after the batch."""

    by_name: dict[tuple[str, str], _Profile] = field(default_factory=dict)

    def take(self, given: NewProfile) -> bool:
        """True when it changes something."""
        name = (given.platform.value, given.handle)
        profile = self.by_name.get(name)
        changes = profile is None
        if profile is None:
            self.by_name[name] = profile = _Profile()
        if given.url is not None and given.url != profile.url:
            profile.url, profile.is_new, changes = given.url, True, True
        day = given.followers_as_of
        if day is not None and given.followers is not None and profile.counts.get(day) != given.followers:
            profile.counts[day] = given.followers
            profile.new_days.add(day)
            changes = True
        return changes


async def find_profiles(
    connection: BaseDBAsyncClient, creator_ids: Sequence[int], days: Sequence[dt.date]
) -> Mapping[int, KnownProfiles]:
    """Of each creator, with the counts of these days."""
    found: dict[int, KnownProfiles] = defaultdict(KnownProfiles)
    for row in await connection.execute_query_dict(_FIND, [list(creator_ids), list(days)]):
        name = (Platform(row["platform"]).value, row["handle"])
        profile = found[row["creator_id"]].by_name.setdefault(name, _Profile(row["url"], is_new=False))
        if row["counted_on"] is not None:
            profile.counts[row["counted_on"]] = row["followers"]
    return found


async def write_profiles(
    connection: BaseDBAsyncClient, account_id: int, of_creators: Mapping[int, KnownProfiles]
) -> None:
    """What is new or changed in them."""
    everything = [
        (creator_id, *name, profile)
        for creator_id, known in of_creators.items()
        for name, profile in known.by_name.items()
    ]
    written = [(creator_id, *name, profile.url) for creator_id, *name, profile in everything if profile.is_new]
    if written:
        await connection.execute_query(_WRITE, [account_id, *map(list, zip(*written, strict=True))])
    counted = [
        (creator_id, *name, day, profile.counts[day])
        for creator_id, *name, profile in everything
        for day in profile.new_days
    ]
    if counted:
        await connection.execute_query(_COUNT, [account_id, *map(list, zip(*counted, strict=True))])
