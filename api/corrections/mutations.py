"""Mutations of corrections. They answer at once; the worker does what was asked for."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import ask_for_corrections
from api.clicks.queries import ClickFilter
from api.context import Context, Info
from api.corrections.types import Correction, load_correction
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id
from api.permissions import IsAdmin
from api.reports.types import InstantRange
from tracking.bots.corrections.models import Correction as CorrectionRow
from tracking.bots.corrections.service import (
    WantedReclassification,
    WantedRescore,
    request_reclassification,
    request_rescore,
    undo_reclassification,
)
from tracking.bots.rulesets import CURRENT_RULESET
from tracking.bots.verdicts import Verdict


@strawberry.input(description="Which clicks to judge anew, and how.")
class RescoreClicksInput:
    range: InstantRange = strawberry.field(description="When they happened.")
    ruleset: int | None = strawberry.field(
        default=None, description="The version of the rules; the current one when left out."
    )
    dry_run: bool = strawberry.field(default=False, description="Only say what would change.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Which clicks were what.")
class ReclassifyClicksInput:
    filter: ClickFilter = strawberry.field(description="Which clicks; with `networks`, it has to restrict something.")
    networks: list[str] | None = strawberry.field(
        default=None,
        description="Of these, only those from any of these networks: CIDR, of /24 (IPv4) or /48 (IPv6) at most. "
        "Kept in the history. To mean the network of a click, use `filter.sameNetworkAs`.",
    )
    verdict: Verdict = strawberry.field(description="What they were.")
    note: str = strawberry.field(default="", description="Why: up to 500 characters, shown beside each click.")
    dry_run: bool = strawberry.field(default=False, description="Only say what would change.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Whose verdict to take back.")
class UndoReclassificationInput:
    id: strawberry.ID = strawberry.field(description="Of a RECLASSIFY that is no dry run.")


@strawberry.type(description="It waits for a worker.")
class RescoreClicksSuccess:
    correction: Correction = strawberry.field(description="Ask for it again to see how far it is.")


@strawberry.type(description="It waits for a worker.")
class ReclassifyClicksSuccess:
    correction: Correction = strawberry.field(description="Ask for it again to see how far it is.")


@strawberry.type(description="It waits for a worker, or was asked for before.")
class UndoReclassificationSuccess:
    correction: Correction = strawberry.field(description="The UNDO: ask for it again to see how far it is.")


RescoreClicksResult: TypeAlias = Annotated[
    RescoreClicksSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("RescoreClicksResult", description="How it went."),
]
ReclassifyClicksResult: TypeAlias = Annotated[
    ReclassifyClicksSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("ReclassifyClicksResult", description="How it went."),
]
UndoReclassificationResult: TypeAlias = Annotated[
    UndoReclassificationSuccess | InvalidInput | NotFound,
    strawberry.union("UndoReclassificationResult", description="How it went."),
]


@strawberry.type
class CorrectionMutation:
    @strawberry.mutation(
        description="Judge stored clicks anew, by a ruleset and today's policy. What later clicks showed, and verdicts "
        "of people, stay. Sent twice, it changes nothing the second time.",
        permission_classes=[IsAdmin],
    )
    async def rescore_clicks(
        self,
        info: Info,
        given: Annotated[RescoreClicksInput, strawberry.argument(name="input", description="Which, and how.")],
    ) -> RescoreClicksResult:
        ruleset = CURRENT_RULESET if given.ruleset is None else given.ruleset
        wanted = WantedRescore(given.range.from_, given.range.to, ruleset, given.dry_run)
        context = info.context
        row = await request_rescore(context.pool, context.account_id, wanted, idempotency_key=given.idempotency_key)
        return RescoreClicksSuccess(correction=await _hand_over(context, row))

    @strawberry.mutation(
        description="Set your own verdict on stored clicks, over whatever rules find, now and later; but a test stays "
        "a test. `undoReclassification` takes it back.",
        permission_classes=[IsAdmin],
    )
    async def reclassify_clicks(
        self,
        info: Info,
        given: Annotated[ReclassifyClicksInput, strawberry.argument(name="input", description="Which, and what.")],
    ) -> ReclassifyClicksResult:
        networks = None if given.networks is None else tuple(given.networks)
        wanted = WantedReclassification(given.filter.read(), given.verdict, networks, given.note, given.dry_run)
        context, key = info.context, given.idempotency_key
        row = await request_reclassification(context.pool, context.account_id, wanted, idempotency_key=key)
        return ReclassifyClicksSuccess(correction=await _hand_over(context, row))

    @strawberry.mutation(
        description="Take a reclassification back: its clicks are what they would be without it. Sent twice, it "
        "answers with the same.",
        permission_classes=[IsAdmin],
    )
    async def undo_reclassification(
        self,
        info: Info,
        given: Annotated[UndoReclassificationInput, strawberry.argument(name="input", description="Whose.")],
    ) -> UndoReclassificationResult:
        row = await undo_reclassification(info.context.account_id, read_id(given.id, "Correction"))
        return UndoReclassificationSuccess(correction=await _hand_over(info.context, row))


async def _hand_over(context: Context, row: CorrectionRow) -> Correction:
    await ask_for_corrections(context)
    correction = await load_correction(context, row.id)
    if correction is None:
        raise LookupError("a correction that was just there is gone")
    return correction
