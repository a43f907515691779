"""A statement: what a period of a campaign came to, closed for ever."""

import asyncio
import datetime as dt

import strawberry

from api.campaigns.types import Campaign, require_campaign
from api.context import Context, Info
from api.creators.types import Creator, load_creator
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.money import Money
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.reports.types import ResolvedRange
from api.scalars import BigInt
from api.statements.loaders import make_content_loader, make_reading_loader, make_statement_loader
from tracking.money import Money as Amount
from tracking.reports.outcomes import NO_CURRENCY
from tracking.statements.figures import Figures, with_sums
from tracking.statements.queries import StatementContent, StatementRow
from tracking.statements.rules import Content, Line, find_problems, list_window
from tracking.statements.tables import write_table

MAX_LINES = 1_000


@strawberry.type(
    description="Counts and money, as reports tell them by CONVERSION_TIME. Those of adjustments may be below zero."
)
class StatementFigures:
    total_clicks: BigInt = strawberry.field(description="The sum of the six kinds.")
    human_clicks: BigInt = strawberry.field(description="As in `Metrics`.")
    suspect_clicks: BigInt = strawberry.field(description="As in `Metrics`.")
    bot_clicks: BigInt = strawberry.field(description="As in `Metrics`.")
    preview_fetches: BigInt = strawberry.field(description="As in `Metrics`.")
    prefetches: BigInt = strawberry.field(description="As in `Metrics`.")
    test_clicks: BigInt = strawberry.field(description="As in `Metrics`.")
    counted_clicks: BigInt = strawberry.field(description="As in `Metrics`.")
    unique_clicks: BigInt = strawberry.field(description="As in `Metrics`.")
    repeat_clicks: BigInt = strawberry.field(description="`countedClicks - uniqueClicks`.")
    conversions: BigInt = strawberry.field(
        description="Approved ones that count; 0 also where nobody could know, before `conversionsSince`."
    )
    impressions: BigInt = strawberry.field(description="As in `Metrics`; 0 where there never was any.")
    gross_value: list[Money] = strawberry.field(description="By currency, what is zero left out.")
    refunds: list[Money] = strawberry.field(description="What was given back, by currency, as positive amounts.")
    net_value: list[Money] = strawberry.field(description="`grossValue - refunds`, by currency.")
    payout: list[Money] = strawberry.field(description="Less what refunds and chargebacks took back, by currency.")

    @classmethod
    def from_figures(cls, figures: Figures) -> "StatementFigures":
        summed = with_sums(figures)
        return cls(
            total_clicks=_count(summed, "totalClicks"),
            human_clicks=_count(summed, "humanClicks"),
            suspect_clicks=_count(summed, "suspectClicks"),
            bot_clicks=_count(summed, "botClicks"),
            preview_fetches=_count(summed, "previewFetches"),
            prefetches=_count(summed, "prefetches"),
            test_clicks=_count(summed, "testClicks"),
            counted_clicks=_count(summed, "countedClicks"),
            unique_clicks=_count(summed, "uniqueClicks"),
            repeat_clicks=_count(summed, "repeatClicks"),
            conversions=_count(summed, "conversions"),
            impressions=_count(summed, "impressions"),
            gross_value=_list_money(summed, "grossValue"),
            refunds=_list_money(summed, "refunds"),
            net_value=_list_money(summed, "netValue"),
            payout=_list_money(summed, "payout"),
        )


@strawberry.type(description="What a statement says of a creator, or of all.")
class StatementLine:
    period: StatementFigures = strawberry.field(description="What the period came to when it was closed.")
    adjustments: StatementFigures = strawberry.field(
        description="By how much the periods that were closed before had changed by then, beyond what statements had"
        " said of them."
    )
    to_date: StatementFigures = strawberry.field(
        description="All that the statements of the campaign say so far: `toDate` of the one before, `adjustments` and"
        " `period`."
    )
    line: strawberry.Private[Line]

    @classmethod
    def from_line(cls, line: Line) -> "StatementLine":
        return cls(
            period=StatementFigures.from_figures(line.period),
            adjustments=StatementFigures.from_figures(line.adjustments),
            to_date=StatementFigures.from_figures(line.to_date),
            line=line,
        )

    @strawberry.field(description="Null for what belongs to no creator, and for totals.")
    async def creator(self, info: Info) -> Creator | None:
        return await load_creator(info.context, self.line.creator_id)


@strawberry.type(
    description="What a period of a campaign came to. It never changes: what changes later is in the adjustments of the"
    " next one."
)
class Statement(Node):
    number: int = strawberry.field(description="From 1, in each campaign.")
    range: ResolvedRange = strawberry.field(description="The period; it begins where the one before ends.")
    closed_at: dt.datetime = strawberry.field(description="When it was closed.")
    sha256: str = strawberry.field(description="Of `content` in UTF-8, in hexadecimal: what `sha256sum` says of it.")
    row: strawberry.Private[StatementRow]

    @classmethod
    def from_row(cls, row: StatementRow) -> "Statement":
        return cls(
            id=encode_id("Statement", row.id),
            number=row.number,
            range=ResolvedRange(from_=row.starts_at, to=row.ends_at),
            closed_at=row.closed_at,
            sha256=row.sha256.hex(),
            row=row,
        )

    @strawberry.field(description="Whose period it is.")
    async def campaign(self, info: Info) -> Campaign:
        return await require_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="The statement itself: canonical JSON, byte for byte what was hashed.")
    async def content(self, info: Info) -> str:
        return (await self._find_content(info.context)).text

    @strawberry.field(description="The same as CSV for spreadsheets: a row for each figure that is not zero.")
    async def csv(self, info: Info) -> str:
        # off the loop, as is all that goes through a long statement
        return await asyncio.to_thread(write_table, await self._read_content(info.context))

    @strawberry.field(description="That of the statement before, which the content holds; null in the first.")
    async def previous_sha256(self, info: Info) -> str | None:
        previous = (await self._read_content(info.context)).previous_sha256
        return previous.hex() if previous else None

    @strawberry.field(description="What was received until then was in the figures.")
    async def as_of(self, info: Info) -> dt.datetime:
        return (await self._read_content(info.context)).as_of

    @strawberry.field(
        description="Since when conversions could be known; before it none means that nobody knows. Null: never so far."
    )
    async def conversions_since(self, info: Info) -> dt.datetime | None:
        return (await self._read_content(info.context)).conversions_since

    @strawberry.field(
        description="What is wrong with it, computed anew: hash, link to the statement before, sums. Empty when all is"
        " as it was closed."
    )
    async def problems(self, info: Info) -> list[str]:
        found = await self._find_content(info.context)
        return await asyncio.to_thread(find_problems, found.text, self.row.sha256, found.before)

    @strawberry.field(description="Of all creators, and of what belongs to none.")
    async def totals(self, info: Info) -> StatementLine:
        return StatementLine.from_line((await self._read_content(info.context)).totals)

    @strawberry.field(description="By creator, in the order in which they were made; up to 1,000 at once.")
    async def lines(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[StatementLine]:
        order = f"statement.{self.row.id}"
        page = read_page(first, after, last, before, key_type=tuple[int], order=order, max_page=MAX_LINES)
        lines = list_window((await self._read_content(info.context)).lines, page.window)
        return make_connection(lines, page, StatementLine.from_line, lambda line: (line.creator_id,))

    history: Connection[HistoryEntry] = make_history_field("Statement", "Who closed it, and when.")

    async def _read_content(self, context: Context) -> Content:
        found = await context.loader(make_reading_loader).load(self.row.id)
        if found is None:
            raise LookupError("a statement that was just there is gone")
        return found

    async def _find_content(self, context: Context) -> StatementContent:
        found = await context.loader(make_content_loader).load(self.row.id)
        if found is None:
            raise LookupError("a statement that was just there is gone")
        return found


async def load_statement(context: Context, statement_id: int | None) -> Statement | None:
    row = await context.loader(make_statement_loader).load(statement_id) if statement_id else None
    return Statement.from_row(row) if row else None


def _count(figures: Figures, name: str) -> BigInt:
    return BigInt(figures.get((name, NO_CURRENCY), 0))


def _list_money(figures: Figures, wanted: str) -> list[Money]:
    """In the order of currencies."""
    amounts = sorted((currency, amount) for (name, currency), amount in figures.items() if name == wanted)
    return [Money.of(Amount(amount, currency)) for currency, amount in amounts]
