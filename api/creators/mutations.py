"""Mutations of creators."""

import datetime as dt
from typing import Annotated, Any, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.bulk import make_item
from api.context import Info
from api.creators.loaders import make_creator_loader
from api.creators.types import Creator
from api.errors import IdempotencyConflict, InvalidInput, NotFound, Taken, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import UNKNOWN_KEY, read_id
from api.permissions import IsWriter
from api.platforms import Platform
from api.scalars import URL, BigInt
from tracking.creators.rules import NewCreator, NewProfile
from tracking.creators.service import create_creators, update_creator


@strawberry.input(description="A creator on a platform.")
class ProfileInput:
    platform: Platform = strawberry.field(description="Where it is.")
    handle: str = strawberry.field(description="The creator's name there; an @ before it is dropped.")
    url: URL | None = strawberry.field(default=None, description="Its address.")
    followers: BigInt | None = strawberry.field(default=None, description="How many followers; needs the day too.")
    followers_as_of: dt.date | None = strawberry.field(default=None, description="The day they were counted on.")

    def read(self) -> NewProfile:
        return NewProfile(self.platform, self.handle, self.url, self.followers, self.followers_as_of)


@strawberry.input(description="A new creator.")
class CreatorInput:
    handle: str = strawberry.field(description="Unique in the account, in any case; an @ before it is dropped.")
    name: str = strawberry.field(default="", description="For people, at most 200 characters.")
    external_id: str | None = strawberry.field(
        default=None, description="Your own id of this member: unique, and what a destination gets as `creator`."
    )
    profiles: list[ProfileInput] = strawberry.field(default_factory=list, description="Where the audience is.")

    def read(self) -> NewCreator:
        return NewCreator(self.handle, self.name, self.external_id, tuple(profile.read() for profile in self.profiles))


@strawberry.input(description="New creators.")
class CreateCreatorsInput:
    creators: list[CreatorInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of one creator of the call.")
class CreateCreatorsItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the creator was created.")
    node: Creator | None = strawberry.field(description="The new creator.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every creator that could be created was; each item says what became of one.")
class CreateCreatorsSuccess:
    items: list[CreateCreatorsItem] = strawberry.field(description="In the order of the input.")


@strawberry.input(description="What of a creator to change. What is left out stays.")
class UpdateCreatorInput:
    id: strawberry.ID = strawberry.field(description="Of the creator.")
    handle: strawberry.Maybe[str] = strawberry.field(
        default=None, description="Unique in the account, in any case. Slugs of links that are there never change."
    )
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For people, at most 200 characters.")
    external_id: strawberry.Maybe[str | None] = strawberry.field(
        default=None,
        description="Your own id of this member, unique; null clears it. Destinations get it from the next click on.",
    )

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in ("handle", "name", "external_id")}
        return {name: each.value for name, each in given.items() if each is not None}


@strawberry.type(description="The creator was changed.")
class UpdateCreatorSuccess:
    creator: Creator = strawberry.field(description="As it is now.")


UpdateCreatorResult: TypeAlias = Annotated[
    UpdateCreatorSuccess | InvalidInput | NotFound | Taken,
    strawberry.union("UpdateCreatorResult", description="How it went."),
]
CreateCreatorsResult: TypeAlias = Annotated[
    CreateCreatorsSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateCreatorsResult", description="How it went."),
]


@strawberry.type
class CreatorMutation:
    @strawberry.mutation(
        description="Create creators. One that cannot be created does not hold up the others.",
        permission_classes=[IsWriter],
    )
    async def create_creators(
        self, info: Info, given: Annotated[CreateCreatorsInput, strawberry.argument(name="input", description="Whom.")]
    ) -> CreateCreatorsResult:
        wanted = [creator.read() for creator in given.creators]
        outcomes = await create_creators(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        created = [outcome.creator.id for outcome in outcomes if outcome.creator]
        rows = await info.context.loader(make_creator_loader).load_many(created)
        nodes = {row.id: Creator.from_row(row) for row in rows if row}
        return CreateCreatorsSuccess(
            items=[
                make_item(
                    CreateCreatorsItem,
                    each.place,
                    nodes.get(each.creator.id if each.creator else UNKNOWN_KEY),
                    each.error,
                )
                for each in outcomes
            ]
        )

    @strawberry.mutation(description="Change a creator.", permission_classes=[IsWriter])
    async def update_creator(
        self, info: Info, given: Annotated[UpdateCreatorInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateCreatorResult:
        creator_id = read_id(given.id, "Creator")
        changed = await update_creator(info.context.account_id, creator_id, given.read_changes())
        await tell_redirectors(info.context)
        row = await info.context.loader(make_creator_loader).load(changed.id)
        if row is None:
            raise LookupError("a creator who was just changed is gone")
        return UpdateCreatorSuccess(creator=Creator.from_row(row))
