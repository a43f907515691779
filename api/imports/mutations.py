"""Mutations of imports."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_optional_id
from api.imports.queries import load_import
from api.imports.types import Import
from api.permissions import IsWriter
from tracking.imports.models import ImportFormat, ImportKind
from tracking.imports.service import NewImport, create_import


@strawberry.input(description="A file to come.")
class CreateImportInput:
    kind: ImportKind = strawberry.field(description="What its rows are.")
    format: ImportFormat = strawberry.field(default=ImportFormat.CSV, description="How they are written.")
    campaign_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the campaign of rows that name none; for campaign creators and links."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Only say what it would do, of at most 10,000 rows: nothing is written."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The import waits for its file.")
class CreateImportSuccess:
    import_: Import = strawberry.field(name="import", description="PUT the file to its `uploadUrl` within an hour.")


CreateImportResult: TypeAlias = Annotated[
    CreateImportSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CreateImportResult", description="How it went."),
]


@strawberry.type
class ImportMutation:
    @strawberry.mutation(
        description="Announce a file of creators, campaign creators, links, contacts or conversions. Sent twice, it "
        "adds nothing.",
        permission_classes=[IsWriter],
    )
    async def create_import(
        self, info: Info, given: Annotated[CreateImportInput, strawberry.argument(name="input", description="Of what.")]
    ) -> CreateImportResult:
        campaign_id = read_optional_id(given.campaign_id, "Campaign")
        wanted = NewImport(given.kind, given.format, campaign_id, given.dry_run)
        row = await create_import(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        created = await load_import(info.context, row.id)
        if created is None:
            raise LookupError("an import that was just there is gone")
        return CreateImportSuccess(import_=created)
