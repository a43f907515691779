"""A correction: what somebody changed of stored clicks, how far it is, and what it does to the counts."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Context, Info
from api.corrections.loaders import make_change_page_loader, make_correction_loader
from api.enums import publish_enum
from api.history.types import HistoryActor
from api.ids import encode_id
from api.metrics.queries import tell_nothing
from api.metrics.types import Metrics
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.scalars import BigInt
from tracking.bots.corrections.models import CorrectionKind, CorrectionStatus
from tracking.bots.corrections.queries import ChangePage, ChangeRow, CorrectionRow
from tracking.bots.verdicts import Verdict
from tracking.reports.queries import Counts

if TYPE_CHECKING:
    from api.campaigns.types import Campaign
    from api.creators.types import Creator

publish_enum(
    CorrectionKind,
    "What a correction does.",
    {
        CorrectionKind.RESCORE: "Judges clicks anew, by a ruleset and the policy of when it was asked for.",
        CorrectionKind.RECLASSIFY: "Sets a person's verdict, which stands over what rules find, now and later.",
        CorrectionKind.UNDO: "Takes a person's verdict back.",
    },
)
publish_enum(
    CorrectionStatus,
    "How far a correction is.",
    {
        CorrectionStatus.COMPARING: "It waits for a worker, or is being worked out. Nothing has changed.",
        CorrectionStatus.COMPARED: "A dry run at its end: `changes` says what would change, and nothing has.",
        CorrectionStatus.APPLYING: "`changes` is complete, and the clicks are being changed.",
        CorrectionStatus.APPLIED: "Done.",
        CorrectionStatus.FAILED: "It stopped; `failure` says why, and `progress` how far it came.",
    },
)


@strawberry.type(description="How far a correction is, in clicks.")
class CorrectionProgress:
    examined: BigInt = strawberry.field(description="Compared: at the end, all that are meant and stored.")
    changing: BigInt = strawberry.field(
        description="Of these, those that get another verdict or class, or come to count or not."
    )
    applied: BigInt = strawberry.field(description="Gone over while applying: at the end as many as `examined`.")


@strawberry.type(
    description="What a correction does to the counts of one creator in one campaign. Of conversions it tells nothing."
)
class CorrectionChange:
    before: Metrics = strawberry.field(description="In all, when the comparison ended.")
    after: Metrics = strawberry.field(description="In all, as they are with the correction and nothing else.")
    difference: Metrics = strawberry.field(description="What is added; negative for what is taken away.")
    row: strawberry.Private[ChangeRow]

    @classmethod
    def from_row(cls, row: ChangeRow) -> "CorrectionChange":
        before = {name: amount[0] for name, amount in row.amounts.items()}
        added = {name: amount[1] for name, amount in row.amounts.items()}
        after = {name: amount + added[name] for name, amount in before.items()}
        return cls(
            before=Metrics.from_counts(Counts(**before), tell_nothing),
            after=Metrics.from_counts(Counts(**after), tell_nothing),
            difference=Metrics.from_counts(Counts(**added), tell_nothing),
            row=row,
        )

    @strawberry.field(description="The campaign; null for clicks of none.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")] | None:
        from api.campaigns.types import load_campaign  # noqa: PLC0415 -- as lazy as the type itself

        return await load_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="The creator; null for clicks of none.")
    async def creator(self, info: Info) -> Annotated["Creator", strawberry.lazy("api.creators.types")] | None:
        from api.creators.types import load_creator  # noqa: PLC0415 -- as lazy as the type itself

        return await load_creator(info.context, self.row.creator_id)


@strawberry.type(
    description="A change of stored clicks that somebody asked for. A worker compares first, and applies it unless it "
    "is a dry run; those of an account take turns, in the order in which they were asked for."
)
class Correction(Node):
    kind: CorrectionKind = strawberry.field(description="What it does.")
    status: CorrectionStatus = strawberry.field(description="How far it is.")
    is_dry_run: bool = strawberry.field(description="It only compares, and changes nothing.")
    verdict: Verdict | None = strawberry.field(description="What a RECLASSIFY sets.")
    ruleset: int | None = strawberry.field(description="What a RESCORE judges by.")
    note: str = strawberry.field(description="Why, in the words of who asked; empty when nothing was said.")
    requested_at: dt.datetime = strawberry.field(
        description="When it was asked for: clicks that happened later are not meant."
    )
    requested_by: HistoryActor = strawberry.field(description="Who asked for it.")
    finished_at: dt.datetime | None = strawberry.field(description="When it ended.")
    failure: str | None = strawberry.field(description="Why it stopped.")
    stored_since: dt.datetime | None = strawberry.field(
        description="When the oldest click happened that was still stored when this was asked for: earlier ones are "
        "out of its reach, and their counts stay as they are. Null when none was stored."
    )
    progress: CorrectionProgress = strawberry.field(description="In clicks.")
    row: strawberry.Private[CorrectionRow]

    @classmethod
    def from_row(cls, row: CorrectionRow) -> "Correction":
        return cls(
            id=encode_id("Correction", row.id),
            kind=row.kind,
            status=row.status,
            is_dry_run=row.is_dry_run,
            verdict=row.verdict,
            ruleset=row.ruleset,
            note=row.note,
            requested_at=row.requested_at,
            requested_by=HistoryActor(kind=row.actor_kind, actor_id=row.actor_id),
            finished_at=row.finished_at,
            failure=row.failure,
            stored_since=row.stored_since,
            progress=CorrectionProgress(
                examined=BigInt(row.examined_clicks),
                changing=BigInt(row.changing_clicks),
                applied=BigInt(row.applied_clicks),
            ),
            row=row,
        )

    @strawberry.field(description="What this one takes back; of an UNDO.")
    async def undoes(self, info: Info) -> "Correction | None":
        return await load_correction(info.context, self.row.undoes_id)

    @strawberry.field(description="The UNDO that takes this one back, with who asked for it and when; null for none.")
    async def undone_by(self, info: Info) -> "Correction | None":
        return await load_correction(info.context, self.row.undone_by_id)

    @strawberry.field(
        description="What it changes, or would: complete from APPLYING and COMPARED on. Only those for whom something "
        "changes."
    )
    async def changes(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[CorrectionChange]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="correction.changes")
        rows = await info.context.loader(make_change_page_loader).load((ChangePage(page.window), self.row.id))
        return make_connection(rows, page, CorrectionChange.from_row, lambda row: (row.id,))


async def load_correction(context: Context, correction_id: int | None) -> Correction | None:
    row = await context.loader(make_correction_loader).load(correction_id) if correction_id else None
    return Correction.from_row(row) if row else None
