"""Mutations of creatives."""

from typing import Annotated, Any, TypeAlias

import strawberry

from api.bulk import make_item
from api.context import Info
from api.creatives.loaders import make_creative_loader
from api.creatives.types import Creative, require_creative
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, Taken, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import UNKNOWN_KEY, read_id
from api.permissions import IsWriter
from tracking.creatives.service import (
    CreativeFields,
    archive_creative,
    create_creatives,
    update_creative,
)


@strawberry.input(description="A new creative.")
class CreativeInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    external_id: str | None = strawberry.field(
        default=None, description="Your own id of it: unique in the account, archived creatives included."
    )


@strawberry.input(description="New creatives.")
class CreateCreativesInput:
    creatives: list[CreativeInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of one creative of the call.")
class CreateCreativesItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the creative was created.")
    node: Creative | None = strawberry.field(description="The new creative.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every creative that could be created was; each item says what became of one.")
class CreateCreativesSuccess:
    items: list[CreateCreativesItem] = strawberry.field(description="In the order of the input.")


@strawberry.input(description="What of a creative to change. What is left out stays.")
class UpdateCreativeInput:
    id: strawberry.ID = strawberry.field(description="Of the creative.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For people, 1 to 200 characters.")
    external_id: strawberry.Maybe[str | None] = strawberry.field(
        default=None, description="Your own id of it; null for none."
    )

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in CreativeFields._fields}
        return {name: each.value for name, each in given.items() if each is not None}


@strawberry.type(description="The creative was changed.")
class UpdateCreativeSuccess:
    creative: Creative = strawberry.field(description="As it is now.")


@strawberry.input(description="A creative that is no longer used.")
class ArchiveCreativeInput:
    id: strawberry.ID = strawberry.field(description="Of the creative.")


@strawberry.type(description="No message takes the creative any more; what it did stays in every report.")
class ArchiveCreativeSuccess:
    creative: Creative = strawberry.field(description="As it is now.")


CreateCreativesResult: TypeAlias = Annotated[
    CreateCreativesSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateCreativesResult", description="How it went."),
]
UpdateCreativeResult: TypeAlias = Annotated[
    UpdateCreativeSuccess | InvalidInput | NotFound | Taken | Archived,
    strawberry.union("UpdateCreativeResult", description="How it went."),
]
ArchiveCreativeResult: TypeAlias = Annotated[
    ArchiveCreativeSuccess | NotFound, strawberry.union("ArchiveCreativeResult", description="How it went.")
]


@strawberry.type
class CreativeMutation:
    @strawberry.mutation(
        description="Create creatives. One that cannot be created does not hold up the others.",
        permission_classes=[IsWriter],
    )
    async def create_creatives(
        self,
        info: Info,
        given: Annotated[CreateCreativesInput, strawberry.argument(name="input", description="Which.")],
    ) -> CreateCreativesResult:
        wanted = [CreativeFields(each.name, each.external_id) for each in given.creatives]
        outcomes = await create_creatives(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        ids = [outcome.creative_id for outcome in outcomes if outcome.creative_id]
        rows = await info.context.loader(make_creative_loader).load_many(ids)
        nodes = {creative_id: Creative.from_row(row) for creative_id, row in zip(ids, rows, strict=True) if row}
        return CreateCreativesSuccess(
            items=[
                make_item(CreateCreativesItem, place, nodes.get(each.creative_id or UNKNOWN_KEY), each.error)
                for place, each in enumerate(outcomes)
            ]
        )

    @strawberry.mutation(description="Change a creative.", permission_classes=[IsWriter])
    async def update_creative(
        self, info: Info, given: Annotated[UpdateCreativeInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateCreativeResult:
        creative_id = read_id(given.id, "Creative")
        row = await update_creative(info.context.account_id, creative_id, given.read_changes())
        return UpdateCreativeSuccess(creative=await require_creative(info.context, row.id))

    @strawberry.mutation(
        description="Archive a creative. Doing it again changes nothing.", permission_classes=[IsWriter]
    )
    async def archive_creative(
        self,
        info: Info,
        given: Annotated[ArchiveCreativeInput, strawberry.argument(name="input", description="Which.")],
    ) -> ArchiveCreativeResult:
        row = await archive_creative(info.context.account_id, read_id(given.id, "Creative"))
        return ArchiveCreativeSuccess(creative=await require_creative(info.context, row.id))
