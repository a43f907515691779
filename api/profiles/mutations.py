"""Mutations of profiles and their follower counts."""

import datetime as dt
from typing import Annotated, Any, TypeAlias

import strawberry

from api.bulk import make_item
from api.context import Context, Info
from api.creators.loaders import make_creator_loader, make_profile_by_id_loader
from api.creators.types import Creator
from api.errors import IdempotencyConflict, InvalidInput, NotFound, Taken, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import UNKNOWN_KEY, read_id
from api.permissions import IsWriter
from api.platforms import Platform
from api.profiles.queries import load_profile
from api.profiles.types import Profile
from api.scalars import URL, BigInt
from tracking.creators.profiles import add_profile, record_follower_counts, remove_profile, update_profile
from tracking.creators.rules import FollowerReading, NewProfile


@strawberry.input(description="Another profile of a creator.")
class AddCreatorProfileInput:
    creator_id: strawberry.ID = strawberry.field(description="Of the creator.")
    platform: Platform = strawberry.field(description="Where it is.")
    handle: str = strawberry.field(description="The creator's name there; an @ before it is dropped.")
    url: URL | None = strawberry.field(default=None, description="Its address.")


@strawberry.type(description="The creator has the profile now.")
class AddCreatorProfileSuccess:
    profile: Profile = strawberry.field(description="The new one, without follower counts.")


@strawberry.input(description="What of a profile to change. What is left out stays, and so do its follower counts.")
class UpdateCreatorProfileInput:
    id: strawberry.ID = strawberry.field(description="Of the profile.")
    platform: strawberry.Maybe[Platform] = strawberry.field(default=None, description="Where it is.")
    handle: strawberry.Maybe[str] = strawberry.field(default=None, description="The creator's name there.")
    url: strawberry.Maybe[URL | None] = strawberry.field(default=None, description="Its address; null clears it.")

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in ("platform", "handle", "url")}
        return {name: each.value for name, each in given.items() if each is not None}


@strawberry.type(description="The profile was changed.")
class UpdateCreatorProfileSuccess:
    profile: Profile = strawberry.field(description="As it is now.")


@strawberry.input(description="A profile that was noted by mistake.")
class RemoveCreatorProfileInput:
    id: strawberry.ID = strawberry.field(description="Of the profile.")


@strawberry.type(description="The profile and its follower counts are gone.")
class RemoveCreatorProfileSuccess:
    creator: Creator = strawberry.field(description="Whose profile it was.")


@strawberry.input(description="How many followers a profile had on a day.")
class FollowerCountInput:
    profile_id: strawberry.ID = strawberry.field(description="Of the profile.")
    counted_on: dt.date = strawberry.field(description="The day on which they were counted, not in the future.")
    followers: BigInt = strawberry.field(description="How many there were: 0 to 10,000,000,000.")


@strawberry.input(description="Follower counts, each with its profile and day.")
class RecordFollowerCountsInput:
    counts: list[FollowerCountInput] = strawberry.field(
        description="1 to 1,000. Of several for the same profile and day, in one call or many, the last one stands."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of one count of the call.")
class RecordFollowerCountsItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the count was recorded.")
    node: Profile | None = strawberry.field(description="The profile, with its newest count.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every count that could be recorded was; each item says what became of one.")
class RecordFollowerCountsSuccess:
    items: list[RecordFollowerCountsItem] = strawberry.field(description="In the order of the input.")


AddCreatorProfileResult: TypeAlias = Annotated[
    AddCreatorProfileSuccess | InvalidInput | NotFound | Taken,
    strawberry.union("AddCreatorProfileResult", description="How it went."),
]
UpdateCreatorProfileResult: TypeAlias = Annotated[
    UpdateCreatorProfileSuccess | InvalidInput | NotFound | Taken,
    strawberry.union("UpdateCreatorProfileResult", description="How it went."),
]
RemoveCreatorProfileResult: TypeAlias = Annotated[
    RemoveCreatorProfileSuccess | NotFound,
    strawberry.union("RemoveCreatorProfileResult", description="How it went."),
]
RecordFollowerCountsResult: TypeAlias = Annotated[
    RecordFollowerCountsSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("RecordFollowerCountsResult", description="How it went."),
]


@strawberry.type
class ProfileMutation:
    @strawberry.mutation(
        description="Note another profile of a creator; each platform and handle once.", permission_classes=[IsWriter]
    )
    async def add_creator_profile(
        self, info: Info, given: Annotated[AddCreatorProfileInput, strawberry.argument(name="input", description="It.")]
    ) -> AddCreatorProfileResult:
        creator_id = read_id(given.creator_id, "Creator")
        wanted = NewProfile(given.platform, given.handle, given.url)
        row = await add_profile(info.context.account_id, creator_id, wanted)
        return AddCreatorProfileSuccess(profile=await _load(info.context, row.id))

    @strawberry.mutation(description="Change a profile.", permission_classes=[IsWriter])
    async def update_creator_profile(
        self,
        info: Info,
        given: Annotated[UpdateCreatorProfileInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateCreatorProfileResult:
        profile_id = read_id(given.id, "Profile")
        row = await update_profile(info.context.account_id, profile_id, given.read_changes())
        return UpdateCreatorProfileSuccess(profile=await _load(info.context, row.id))

    @strawberry.mutation(
        description="Take away a profile that was noted by mistake, with its counts. One out of use may stay.",
        permission_classes=[IsWriter],
    )
    async def remove_creator_profile(
        self,
        info: Info,
        given: Annotated[RemoveCreatorProfileInput, strawberry.argument(name="input", description="Which.")],
    ) -> RemoveCreatorProfileResult:
        profile_id = read_id(given.id, "Profile")
        removed = await remove_profile(info.context.account_id, profile_id)
        creator = await info.context.loader(make_creator_loader).load(removed.creator_id)
        if creator is None:
            raise LookupError("a profile without creator")
        return RemoveCreatorProfileSuccess(creator=Creator.from_row(creator))

    @strawberry.mutation(
        description="Record follower counts; other days stay. One that cannot be recorded holds up no other.",
        permission_classes=[IsWriter],
    )
    async def record_follower_counts(
        self,
        info: Info,
        given: Annotated[RecordFollowerCountsInput, strawberry.argument(name="input", description="Them.")],
    ) -> RecordFollowerCountsResult:
        readings = [
            FollowerReading(read_id(each.profile_id, "Profile"), each.counted_on, each.followers)
            for each in given.counts
        ]
        account_id = info.context.account_id
        outcomes = await record_follower_counts(account_id, readings, idempotency_key=given.idempotency_key)
        profile_ids = list({outcome.profile_id for outcome in outcomes if outcome.profile_id})
        rows = await info.context.loader(make_profile_by_id_loader).load_many(profile_ids)
        nodes = {row.id: Profile.from_row(row) for row in rows if row}
        items = [
            make_item(RecordFollowerCountsItem, each.place, nodes.get(each.profile_id or UNKNOWN_KEY), each.error)
            for each in outcomes
        ]
        return RecordFollowerCountsSuccess(items=items)


async def _load(context: Context, profile_id: int) -> Profile:
    profile = await load_profile(context, profile_id)
    if profile is None:
        raise LookupError("a profile that was just written is gone")
    return profile
