"""Compares variants of messages: `messageVariants`."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, TypeAlias

import strawberry

from api.context import Context, Info
from api.errors import refuse_input
from api.ids import read_ids, read_optional_id
from api.message_variants.types import MessageVariant, VariantComparison, VariantDifference
from api.messages.loaders import make_delivery_loader, make_message_loader
from api.messages.types import Message
from api.metrics.queries import read_pieces
from api.metrics.types import Metrics
from api.permissions import IsReader
from api.ranged_metrics.queries import OptionalRange, read_optional_range
from api.reports.loaders import ReportKey, make_total_loader
from api.scalars import BigInt
from tracking.messages.significance import Difference, compare_shares
from tracking.messages.variants import (
    MAX_MESSAGES,
    MAX_VARIANTS,
    MessagesOfTest,
    VariantShare,
    find_messages_of_test,
    find_share,
    find_winner,
    word_difference,
)
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject, add_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import Scope


@strawberry.input(
    description="Which messages are one test: those that are all of this, by at least one of it. A message without a"
    " variant is in no test."
)
class MessageTestInput:
    message_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these messages.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of this campaign.")
    name: str | None = strawberry.field(default=None, description="Of this name, exactly.")

    def read(self) -> MessagesOfTest:
        if self.message_ids is None and self.campaign_id is None and self.name is None:
            raise refuse_input("Say which messages are one test: `messageIds`, `campaignId` or `name`.")
        if self.message_ids is not None and len(self.message_ids) > MAX_MESSAGES:
            raise refuse_input(f"`messageIds` holds at most {MAX_MESSAGES:,}.")
        ids = read_ids(self.message_ids, "Message")
        return MessagesOfTest(ids, read_optional_id(self.campaign_id, "Campaign"), self.name)


TestArgument: TypeAlias = Annotated[MessageTestInput, strawberry.argument(name="test", description="Which messages.")]


@strawberry.type
class MessageVariantQuery:
    @strawberry.field(
        description="The variants of an A/B test side by side, and whether they differ beyond chance.",
        permission_classes=[IsReader],
    )
    async def message_variants(
        self, info: Info, given: TestArgument, wanted: OptionalRange = None
    ) -> VariantComparison:
        context = info.context
        messages = await find_messages_of_test(context.pool, context.account_id, given.read())
        if len(messages) > MAX_MESSAGES:
            raise refuse_input(f"These are more than {MAX_MESSAGES:,} messages: name fewer.")
        resolved = await read_optional_range(context, wanted)
        groups = [
            (variant, [message_id for message_id, _ in group])
            for variant, group in groupby(messages, key=lambda each: each[1])
        ]
        if len(groups) > MAX_VARIANTS:
            raise refuse_input(f"These are more than {MAX_VARIANTS} variants: name fewer messages.")
        # At once, so that the loaders read all variants together.
        return _compare(await asyncio.gather(*(_describe(context, *group, resolved) for group in groups)))


async def _describe(context: Context, variant: str, message_ids: Sequence[int], wanted: ReportRange) -> MessageVariant:
    rows = await context.loader(make_message_loader).load_many(message_ids)
    told = await context.loader(make_delivery_loader).load_many(message_ids)
    keys = [ReportKey(Subject(Scope.MESSAGE, message_id), wanted) for message_id in message_ids]
    counts = await context.loader(make_total_loader).load_many(keys)
    known = [each.sent for each in told if each is not None]
    return MessageVariant(
        variant=variant,
        messages=[Message.from_row(row) for row in rows if row],
        sent=BigInt(sum(known)) if len(known) == len(message_ids) else None,
        metrics=Metrics.from_counts(add_counts(counts), read_pieces(keys, Dating.CLICK_TIME)),
    )


def _compare(variants: list[MessageVariant]) -> VariantComparison:
    shares = [
        VariantShare(each.variant, find_share(each.metrics.unique_methods.contact, each.sent)) for each in variants
    ]
    compared = [each for each in shares if each.share is not None]
    differences = compare_shares([each.share for each in compared if each.share is not None])
    winner = find_winner(compared, differences) if len(compared) == len(shares) else None
    told = [_tell(each, compared) for each in differences]
    return VariantComparison(
        variants=variants, differences=told, winner=winner, statement=_conclude(winner, shares, compared, told)
    )


def _tell(difference: Difference, compared: Sequence[VariantShare]) -> VariantDifference:
    return VariantDifference(
        first=compared[difference.first].variant,
        second=compared[difference.second].variant,
        difference=difference.value,
        low=difference.low,
        high=difference.high,
        p_value=difference.p_value,
        adjusted_p_value=difference.adjusted_p_value,
        is_significant=difference.is_significant,
        more_recipients_needed=None if difference.more_needed is None else BigInt(difference.more_needed),
        statement=word_difference(difference, compared),
    )


def _conclude(
    winner: str | None,
    shares: Sequence[VariantShare],
    compared: Sequence[VariantShare],
    told: Sequence[VariantDifference],
) -> str:
    if len(shares) < 2:
        return "There is nothing to compare: a test has at least two variants."
    if len(compared) < len(shares):
        missing = ", ".join(each.variant for each in shares if each.share is None)
        return f"No winner can be told: of {missing} it is not known to how many it was sent."
    if len(told) == 1:
        return told[0].statement
    return f"{winner} is better than all others." if winner else "No winner can be told yet."
