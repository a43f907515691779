"""Metrics: the counts of clicks, and what the clicks were worth. The same wherever something is counted."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.money import Money
from api.scalars import BigInt
from tracking.reports.outcome_queries import Outcomes, Worth
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Counts

# Asked only when a query wants to know: most want clicks alone.
OutcomeReader: TypeAlias = Callable[[Context], Awaitable[Outcomes]]

publish_enum(
    Dating,
    "By which moment a report dates conversions, their value and their payout.",
    {
        Dating.CONVERSION_TIME: "When they happened: what came in, in a range.",
        Dating.CLICK_TIME: "When the click that earned them was: what became of the clicks of a range. What belongs to"
        " no click is dated by itself.",
    },
    name="ConversionDating",
)


@strawberry.type(
    description="Unique clicks by how their visitors were told apart, which is how sure they are. The four add up to "
    "`uniqueClicks`."
)
class UniqueMethods:
    contact: BigInt = strawberry.field(description="By the contact that the link was made for: as sure as its link.")
    cookie: BigInt = strawberry.field(description="By our cookie: one browser, so that a person with two is two.")
    hash: BigInt = strawberry.field(
        description="By a hash of the request, another one every day: people who share an address and a browser are "
        "one, and who changes networks is two."
    )
    none: BigInt = strawberry.field(
        description="By a hash that only one redirector could repeat, as it had no key for the day: a person whom two "
        "redirectors saw is two."
    )

    @classmethod
    def from_counts(cls, counts: Counts) -> "UniqueMethods":
        known = counts.unique_by_contact + counts.unique_by_cookie + counts.unique_by_hash
        return cls(
            contact=BigInt(counts.unique_by_contact),
            cookie=BigInt(counts.unique_by_cookie),
            hash=BigInt(counts.unique_by_hash),
            none=BigInt(counts.unique_clicks - known),
        )


@strawberry.type(
    description="Counts of clicks: kinds add up to `totalClicks`, unique and repeat to `countedClicks`. And what the"
    " clicks were worth: null where nobody could know, which is not 0."
)
class Metrics:
    total_clicks: BigInt = strawberry.field(description="Every request of a link, whoever made it.")
    human_clicks: BigInt = strawberry.field(description="Made by people, as far as anything tells.")
    suspect_clicks: BigInt = strawberry.field(description="Neither clearly a person's nor clearly a machine's.")
    bot_clicks: BigInt = strawberry.field(description="Made by machines.")
    preview_fetches: BigInt = strawberry.field(description="Made by an app that shows a preview of the link.")
    prefetches: BigInt = strawberry.field(description="Made by a browser ahead of a click that may never come.")
    test_clicks: BigInt = strawberry.field(description="Marked as tests by whoever made them.")
    counted_clicks: BigInt = strawberry.field(description="What counts by the account's policy.")
    unique_clicks: BigInt = strawberry.field(
        description="The headline: the first counted click of a visitor on a link in a day. Sums over links and days."
    )
    repeat_clicks: BigInt = strawberry.field(description="Counted clicks that are not unique.")
    bot_rate: float | None = strawberry.field(
        description="`botClicks / totalClicks`, from 0 to 1; null without clicks. Previews, prefetches and tests are in"
        " the denominator, and not in the numerator."
    )
    unique_methods: UniqueMethods = strawberry.field(description="How sure the unique clicks are.")
    read_outcomes: strawberry.Private[OutcomeReader]

    @classmethod
    def from_counts(cls, counts: Counts, read_outcomes: OutcomeReader) -> "Metrics":
        total = sum(counts[:6])
        return cls(
            total_clicks=BigInt(total),
            human_clicks=BigInt(counts.human_clicks),
            suspect_clicks=BigInt(counts.suspect_clicks),
            bot_clicks=BigInt(counts.bot_clicks),
            preview_fetches=BigInt(counts.preview_fetches),
            prefetches=BigInt(counts.prefetches),
            test_clicks=BigInt(counts.test_clicks),
            counted_clicks=BigInt(counts.counted_clicks),
            unique_clicks=BigInt(counts.unique_clicks),
            repeat_clicks=BigInt(counts.counted_clicks - counts.unique_clicks),
            bot_rate=counts.bot_clicks / total if total else None,
            unique_methods=UniqueMethods.from_counts(counts),
            read_outcomes=read_outcomes,
        )

    @strawberry.field(
        description="Approved conversions of the kinds that count. Null before the account's first snippet key, secret"
        " or conversion, as the next five are."
    )
    async def conversions(self, info: Info) -> BigInt | None:
        known = (await self.read_outcomes(info.context)).conversions
        return None if known is None else BigInt(known)

    @strawberry.field(
        description="What they brought, rebills too, by currency. What is given back later is not taken off."
    )
    async def gross_value(self, info: Info) -> list[Money] | None:
        return _list_money(await self.read_outcomes(info.context), lambda worth: worth.gross_minor)

    @strawberry.field(description="What refunds and chargebacks gave back, by currency, as positive amounts.")
    async def refunds(self, info: Info) -> list[Money] | None:
        return _list_money(await self.read_outcomes(info.context), lambda worth: worth.refunds_minor)

    @strawberry.field(
        description="`grossValue - refunds`, by currency. Below zero where more was given back than came in."
    )
    async def net_value(self, info: Info) -> list[Money] | None:
        return _list_money(await self.read_outcomes(info.context), lambda worth: worth.net_minor)

    @strawberry.field(
        description="What offers pay for it, by currency, less what refunds and chargebacks take back of it."
    )
    async def payout(self, info: Info) -> list[Money] | None:
        return _list_money(await self.read_outcomes(info.context), lambda worth: worth.payout_minor)

    @strawberry.field(
        description="Conversions that are credited to the range's clicks, whenever they happened, per unique click of"
        " the range; may exceed 1. Null without unique clicks."
    )
    async def conversion_rate(self, info: Info) -> float | None:
        outcomes = await self.read_outcomes(info.context)
        if outcomes.conversions is None or not self.unique_clicks:
            return None
        return outcomes.of_clicks / self.unique_clicks

    @strawberry.field(
        description="How often the picture that counts them was loaded; null for what never had one loaded."
    )
    async def impressions(self, info: Info) -> BigInt | None:
        shown = (await self.read_outcomes(info.context)).impressions
        return None if shown is None else BigInt(shown)


def _list_money(outcomes: Outcomes, find_minor: Callable[[Worth], int]) -> list[Money] | None:
    if outcomes.conversions is None:
        return None
    return [Money.of(amount) for amount in outcomes.list_money(find_minor)]
