"""The receipt of a conversion: which clicks could have earned it, which one did, and why not the others."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api.clicks.loaders import make_click_loader
from api.clicks.types import Click
from api.context import Context, Info
from api.conversion_words import CandidateFinding, Method
from api.scalars import BigInt
from tracking.accounts.account_settings import DAY_S
from tracking.accounts.models import AttributionModel
from tracking.clock import read_ms
from tracking.conversions import receipts
from tracking.conversions.explanations import FINDING_WORDS, start_sentence

if TYPE_CHECKING:
    from api.links.types import Link


@strawberry.type(description="A click that could have earned a conversion.")
class AttributionCandidate:
    clicked_at: dt.datetime = strawberry.field(description="When it was clicked.")
    age_s: BigInt = strawberry.field(
        description="How many seconds it was old when the conversion happened; negative when it came after it."
    )
    window_days: int | None = strawberry.field(
        description="How long it can earn conversions, in times 24 hours: its offer's window, else its campaign's, else"
        " the account's. Null for a click that is not found."
    )
    method: Method = strawberry.field(description="By what it was found.")
    finding: CandidateFinding = strawberry.field(description="What became of it.")
    explanation: str = strawberry.field(description="The same in words.")
    candidate: strawberry.Private[receipts.Candidate]

    @classmethod
    def from_candidate(cls, candidate: receipts.Candidate, occurred_at_ms: int) -> "AttributionCandidate":
        window_s = candidate.window_s
        return cls(
            clicked_at=read_ms(candidate.clicked_at_ms),
            age_s=BigInt((occurred_at_ms - candidate.clicked_at_ms) // 1_000),
            window_days=None if window_s is None else window_s // DAY_S,
            method=candidate.method,
            finding=candidate.finding,
            explanation=start_sentence(FINDING_WORDS[candidate.finding]),
            candidate=candidate,
        )

    @strawberry.field(description="The click; null for one that this account does not have, or not any more.")
    async def click(self, info: Info) -> Click | None:
        return await load_click(info.context, UUID(self.candidate.click_id))

    @strawberry.field(description="The link that was clicked; null when that is not known.")
    async def link(self, info: Info) -> Annotated["Link", strawberry.lazy("api.links.types")] | None:
        from api.links.types import load_link  # noqa: PLC0415 -- as lazy as the type itself

        return await load_link(info.context, self.candidate.link_id)


@strawberry.type(
    description="How it was found out to which click a conversion belongs, as of now: a click that is judged anew, or "
    "arrives late, writes another one. What the last one said is in the ledger's statuses."
)
class AttributionReceipt:
    model: AttributionModel | None = strawberry.field(
        description="Which of the clicks in their windows earned it; null for what has no click of its own, as refunds."
    )
    occurred_at: dt.datetime = strawberry.field(description="The moment that ages are counted to.")
    candidates: list[AttributionCandidate] = strawberry.field(description="Every click that was looked at.")
    receipt: strawberry.Private[receipts.Receipt]

    @classmethod
    def from_receipt(cls, receipt: receipts.Receipt) -> "AttributionReceipt":
        return cls(
            model=AttributionModel(receipt.model) if receipt.model else None,
            occurred_at=read_ms(receipt.occurred_at_ms),
            candidates=[
                AttributionCandidate.from_candidate(candidate, receipt.occurred_at_ms)
                for candidate in receipt.candidates
            ],
            receipt=receipt,
        )

    @strawberry.field(description="What FIRST_CLICK would choose.")
    async def first_click(self, info: Info) -> Click | None:
        return await load_click(info.context, _read_id(self.receipt.first_click))

    @strawberry.field(description="What LAST_CLICK would choose.")
    async def last_click(self, info: Info) -> Click | None:
        return await load_click(info.context, _read_id(self.receipt.last_click))


async def load_click(context: Context, click_id: UUID | None) -> Click | None:
    row = await context.loader(make_click_loader).load(click_id) if click_id else None
    return Click.from_row(row) if row else None


def _read_id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
