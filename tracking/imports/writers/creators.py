"""Writes creators, by external id and else by handle, and their profiles with dated follower counts (CU5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.creators.rules import NewProfile, make_public_id
from tracking.history.service import Noted, find_difference, record_history
from tracking.imports.rules import Outcome, Problem, ProblemCode, RowResult
from tracking.imports.writers.batches import Batch, InterferedError
from tracking.imports.writers.creator_profiles import KnownProfiles, find_profiles, write_profiles
from tracking.imports.writers.creator_rows import CreatorRow, read_creator_row

# How PostgreSQL folds a handle decides who it is; it may differ from how Python would.
_FOLD: Final = "SELECT handle, lower(handle) AS folded FROM unnest($1::text[]) AS given (handle)"
_FIND: Final = """
    SELECT id, handle, lower(handle) AS folded, name, external_id FROM creator
    WHERE account_id = $1 AND (external_id = ANY ($2::text[]) OR lower(handle) = ANY ($3::text[]))
    ORDER BY id FOR UPDATE
"""
_INSERT: Final = """
    INSERT INTO creator (account_id, public_id, handle, name, external_id, created_at)
    SELECT $1, public_id, handle, name, external_id, now()
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS given (public_id, handle, name, external_id)
    ORDER BY lower(handle)
    ON CONFLICT DO NOTHING
    RETURNING id, public_id
"""
_UPDATE: Final = """
    UPDATE creator SET handle = given.handle, name = given.name, external_id = given.external_id
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS given (id, handle, name, external_id)
    WHERE creator.id = given.id
"""


@dataclass
class Staged:
    """A creator as it will be after the batch."""

    handle: str
    folded: str
    name: str = ""
    external_id: str | None = None
    id: int | None = None
    before: dict[str, str | None] = field(default_factory=dict)
    profiles: KnownProfiles = field(default_factory=KnownProfiles)

    @property
    def content(self) -> dict[str, str | None]:
        return {"handle": self.handle, "name": self.name, "externalId": self.external_id}


class _Register:
    """Everybody whom the rows may mean, by both keys."""

    def __init__(self, folds: dict[str, str], creators: Sequence[Staged]) -> None:
        self.folds = folds
        self.everybody: list[Staged] = []
        self._by_external_id: dict[str, Staged] = {}
        self._by_handle: dict[str, Staged] = {}
        for creator in creators:
            self.add(creator)

    def add(self, creator: Staged) -> None:
        self.everybody.append(creator)
        self._by_handle[creator.folded] = creator
        if creator.external_id is not None:
            self._by_external_id[creator.external_id] = creator

    def find(self, row: CreatorRow) -> Staged | Problem | None:
        """By external id; by handle when nobody has that, and whoever has the handle has no other external id."""
        known = self._by_external_id.get(row.external_id) if row.external_id else None
        namesake = self._by_handle.get(self.folds[row.handle]) if row.handle else None
        if known is not None:
            return known if namesake is None or namesake is known else _say_taken(row)
        if namesake is not None and row.external_id and namesake.external_id:
            return _say_taken(row)
        return namesake

    def rename(self, creator: Staged, row: CreatorRow) -> bool:
        """True when the row changes who the creator is called."""
        before = creator.content
        del self._by_handle[creator.folded]
        if row.handle:
            creator.handle, creator.folded = row.handle, self.folds[row.handle]
        self._by_handle[creator.folded] = creator
        creator.name = row.name or creator.name
        if row.external_id and creator.external_id is None:
            creator.external_id = row.external_id
            self._by_external_id[row.external_id] = creator
        return creator.content != before


async def write_creators(batch: Batch) -> list[RowResult]:
    read = [read_creator_row(values) for values in batch.rows]
    rows = [row for row in read if isinstance(row, CreatorRow)]
    register = await _find(batch, rows)
    results: list[RowResult] = [_stage(register, row) if isinstance(row, CreatorRow) else row for row in read]
    await _insert(batch, [creator for creator in register.everybody if creator.id is None])
    await _update(batch, [each for each in register.everybody if each.before and each.before != each.content])
    known = {creator.id: creator.profiles for creator in register.everybody if creator.id is not None}
    await write_profiles(batch.connection, batch.account_id, known)
    return results


async def _find(batch: Batch, rows: Sequence[CreatorRow]) -> _Register:
    connection = batch.connection
    handles = list({row.handle for row in rows if row.handle})
    folds = {row["handle"]: row["folded"] for row in await connection.execute_query_dict(_FOLD, [handles])}
    external_ids = [row.external_id for row in rows if row.external_id]
    found = await connection.execute_query_dict(_FIND, [batch.account_id, external_ids, list(folds.values())])
    days = [row.profile.followers_as_of for row in rows if row.profile and row.profile.followers_as_of]
    profiles = await find_profiles(connection, [row["id"] for row in found], days)
    creators = [Staged(**row, profiles=profiles[row["id"]]) for row in found]
    for creator in creators:
        creator.before = creator.content
    return _Register(folds, creators)


def _stage(register: _Register, row: CreatorRow) -> RowResult:
    found = register.find(row)
    if isinstance(found, Problem):
        return [found]
    if found is None:
        if row.handle is None:
            message = "nobody has this external id, and a new creator needs a handle"
            return [Problem("handle", "", ProblemCode.REQUIRED, message)]
        found = Staged(row.handle, register.folds[row.handle], row.name or "", row.external_id)
        register.add(found)
        _take_profile(found, row.profile)
        return Outcome.CREATED
    is_renamed = register.rename(found, row)
    has_new_profile = _take_profile(found, row.profile)
    return Outcome.UPDATED if is_renamed or has_new_profile else Outcome.UNCHANGED


def _take_profile(creator: Staged, profile: NewProfile | None) -> bool:
    return profile is not None and creator.profiles.take(profile)


def _say_taken(row: CreatorRow) -> Problem:
    message = f"there is a creator {row.handle!r} already, with another external id than {row.external_id!r}"
    return Problem("handle", row.handle or "", ProblemCode.TAKEN, message)


async def _insert(batch: Batch, creators: Sequence[Staged]) -> None:
    if not creators:
        return
    public_ids = [make_public_id() for _ in creators]
    columns = [public_ids, *_columns(creators)]
    rows = await batch.connection.execute_query_dict(_INSERT, [batch.account_id, *columns])
    if len(rows) < len(creators):
        raise InterferedError
    ids = {row["public_id"]: row["id"] for row in rows}
    for creator, public_id in zip(creators, public_ids, strict=True):
        creator.id = ids[public_id]


async def _update(batch: Batch, creators: Sequence[Staged]) -> None:
    """A new external id stands in the destinations of the creator's links: redirectors are told."""
    if not creators:
        return
    await batch.connection.execute_query(_UPDATE, [[creator.id for creator in creators], *_columns(creators)])
    noted = [
        Noted("Creator", creator.id, "UPDATED", *find_difference(creator.before, creator.content))
        for creator in creators
        if creator.id is not None
    ]
    await record_history(batch.connection, batch.account_id, noted)
    renumbered = [creator.id for creator in creators if creator.external_id != creator.before["externalId"]]
    changes = [Change(ChangeKind.CREATOR, creator_id) for creator_id in renumbered if creator_id is not None]
    await record_changes(batch.connection, changes)


def _columns(creators: Sequence[Staged]) -> list[list[Any]]:
    return [
        [creator.handle for creator in creators],
        [creator.name for creator in creators],
        [creator.external_id for creator in creators],
    ]
