"""Variants of an A/B test of messages side by side, and whether they differ beyond chance (TR18)."""

import strawberry

from api.context import Info
from api.messages.types import Message
from api.metrics.types import Metrics
from api.reports.types import Rate, estimate_conversion_rate
from api.scalars import BigInt


@strawberry.type(description="All messages of a test with one variant, taken together.")
class MessageVariant:
    variant: str = strawberry.field(description="Such as A.")
    messages: list[Message] = strawberry.field(description="Those that were compared, the oldest first.")
    sent: BigInt | None = strawberry.field(
        description="Recipients that the sender told of, but for the failed; null while it told nothing of one message."
    )
    metrics: Metrics = strawberry.field(description="Counts of the range, of all of them.")

    @strawberry.field(
        description="`uniqueMethods.contact / sent`: recipients who clicked, machines left out. What variants are"
        " compared by."
    )
    def click_rate(self) -> Rate | None:
        return Rate.estimate(self.metrics.unique_methods.contact, self.sent)

    @strawberry.field(description="`totalClicks / sent`; may exceed 1.")
    def total_click_rate(self) -> Rate | None:
        return Rate.estimate(self.metrics.total_clicks, self.sent)

    @strawberry.field(
        description="Conversions that are credited to the range's clicks per unique click, and how sure that is."
    )
    async def conversion_rate(self, info: Info) -> Rate | None:
        return await estimate_conversion_rate(info.context, self.metrics)


@strawberry.type(description="The click rates of two variants, and whether they differ beyond chance.")
class VariantDifference:
    first: str = strawberry.field(description="One variant.")
    second: str = strawberry.field(description="The other.")
    difference: float = strawberry.field(description="The click rate of the second less that of the first.")
    low: float = strawberry.field(
        description="The lower bound. The bounds of all pairs hold together in 19 of 20 cases (Newcombe, Bonferroni)."
    )
    high: float = strawberry.field(description="The upper bound.")
    p_value: float = strawberry.field(
        description="How often chance alone makes a difference as large, were this pair the only one: chi-square, or of"
        " few Fisher's exact test, two-sided."
    )
    adjusted_p_value: float = strawberry.field(
        description="The same of all pairs together (Holm). It holds for one look, at a number of recipients that was"
        " decided on before."
    )
    is_significant: bool = strawberry.field(description="True when `adjustedPValue` is below 0.05.")
    more_recipients_needed: BigInt | None = strawberry.field(
        description="About how many more of each variant it takes to tell a difference as large as this one in 4 of 5"
        " cases; null when it is told already, or could not be told by numbers."
    )
    statement: str = strawberry.field(description="The same in words.")


@strawberry.type(description="Variants of a test side by side.")
class VariantComparison:
    variants: list[MessageVariant] = strawberry.field(description="In the order of their names.")
    differences: list[VariantDifference] = strawberry.field(
        description="Each pair, but for variants of which nothing was sent, or that more clicked than were sent it."
    )
    winner: str | None = strawberry.field(description="The variant that is better than all others beyond chance.")
    statement: str = strawberry.field(description="What may be said of all of them, in words.")
