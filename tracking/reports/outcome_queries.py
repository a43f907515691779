"""Reads of the rollups of outcomes: both datings at once, in one statement for any number of subjects (rule 12)."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.money import Money
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.outcomes import NO_CURRENCY, OUTCOMES, Dating
from tracking.reports.queries import Subject, bind_subjects, find_bounds, read_subject
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import Grain

# Impressions lie under no currency and are dated once, so one row says whether a subject ever had any.
_IN_RANGE: Final = """
    WITH wanted AS MATERIALIZED (
        SELECT scope, first_key, second_key, EXISTS (
            SELECT FROM outcome_rollup AS ever
            WHERE ever.account_id = $1 AND ever.scope = given.scope AND ever.first_key = given.first_key
                AND ever.second_key = given.second_key AND ever.grain = {total} AND ever.dating = {dating}
                AND ever.bucket = '{total_bucket}'::timestamptz AND ever.currency = '{no_currency}'
                AND ever.impressions > 0
        ) AS has_impressions
        FROM unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS given (scope, first_key, second_key)
    )
    SELECT wanted.*, counted.* FROM wanted
    LEFT JOIN LATERAL (
        SELECT {columns} FROM outcome_rollup AS rollup
        WHERE rollup.account_id = $1 AND rollup.scope = wanted.scope AND rollup.first_key = wanted.first_key
            AND rollup.second_key = wanted.second_key AND rollup.grain = $5 AND rollup.dating IN ({datings})
            AND rollup.bucket >= $6 AND rollup.bucket < $7
        {grouped}
    ) AS counted ON true
"""


def _write(columns: str, grouped: str) -> str:
    return _IN_RANGE.format(
        columns=columns,
        grouped=grouped,
        total=Grain.TOTAL.value,
        total_bucket=TOTAL_BUCKET.isoformat(),
        dating=Dating.CONVERSION_TIME.value,
        datings=", ".join(str(dating.value) for dating in Dating),
        no_currency=NO_CURRENCY,
    )


_TOTALS: Final = _write(
    f"'{TOTAL_BUCKET.isoformat()}'::timestamptz AS bucket, dating, currency, "
    + ", ".join(f"sum({outcome}) AS {outcome}" for outcome in OUTCOMES),
    "GROUP BY dating, currency",
)
_BUCKETS: Final = _write(f"bucket, dating, currency, {', '.join(OUTCOMES)}", "") + " ORDER BY bucket"


class Worth(NamedTuple):
    """Sums in minor units of one currency. `refunds_minor` is positive."""

    gross_minor: int = 0
    refunds_minor: int = 0
    payout_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.refunds_minor


class Outcomes(NamedTuple):
    """What came of a subject's clicks in a range, by one dating.

    `conversions` is None where nobody could know; then nothing else of conversions means anything. `impressions` is
    None for what never had any. `of_clicks` are the conversions that are credited to clicks of the range, whatever
    the dating. `worth` is by currency, in the order of their codes.
    """

    conversions: int | None
    of_clicks: int
    worth: dict[str, Worth]
    impressions: int | None

    @property
    def is_something(self) -> bool:
        return bool(self.conversions or self.of_clicks or self.worth)

    def list_net(self) -> list[Money]:
        """In the order of currencies; what is zero is left out."""
        return self.list_money(lambda worth: worth.net_minor)

    def list_money(self, find_minor: Callable[[Worth], int]) -> list[Money]:
        amounts = [Money(find_minor(worth), currency) for currency, worth in self.worth.items()]
        return [amount for amount in amounts if amount.amount_minor]


class OutcomeRow(NamedTuple):
    """One row of a rollup, or the sum of some; `counts` in the order of OUTCOMES."""

    bucket: dt.datetime  # that of totals where many are summed up
    dating: Dating
    currency: str
    counts: tuple[int, ...]


class FoundOutcomes(NamedTuple):
    """Of one subject, in order of time where it is by bucket."""

    rows: list[OutcomeRow]
    has_impressions: bool

    def tell(self, dating: Dating) -> Outcomes:
        """The sum of all of it."""
        return sum_outcomes(self.rows, dating, has_impressions=self.has_impressions)


NOTHING_FOUND: Final = FoundOutcomes([], has_impressions=False)


def join_found(parts: Sequence[FoundOutcomes]) -> FoundOutcomes:
    """Of ranges that follow one another."""
    return FoundOutcomes([row for part in parts for row in part.rows], any(part.has_impressions for part in parts))


def sum_outcomes(rows: Iterable[OutcomeRow], dating: Dating, *, has_impressions: bool) -> Outcomes:
    conversions = of_clicks = impressions = 0
    worth: dict[str, Worth] = {}
    for row in rows:
        counted, credited, gross, refunds, payout, shown = row.counts
        if row.dating is Dating.CLICK_TIME:
            of_clicks += credited
        if row.dating is Dating.CONVERSION_TIME:
            impressions += shown
        if row.dating is dating:
            conversions += counted
            known = worth.get(row.currency, Worth())
            worth[row.currency] = Worth(
                known.gross_minor + gross, known.refunds_minor + refunds, known.payout_minor + payout
            )
    named = {currency: worth[currency] for currency in sorted(worth) if any(worth[currency])}
    return Outcomes(conversions, of_clicks, named, impressions if has_impressions else None)


def hide_unknown(outcomes: Outcomes, conversions_since: dt.datetime | None, end: dt.datetime) -> Outcomes:
    """Before an account could have conversions nobody knows how many there were: that is not none (LO16).

    What is there nonetheless is told: it may have been brought in later, or be dated by an older click.
    """
    if outcomes.is_something or (conversions_since is not None and conversions_since < end):
        return outcomes
    return outcomes._replace(conversions=None)


async def read_outcomes(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[Subject], wanted: ReportRange
) -> dict[Subject, FoundOutcomes]:
    """The sums of each subject in a range."""
    return await _read(pool, _TOTALS, account_id, subjects, wanted)


async def read_outcome_buckets(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[Subject], wanted: ReportRange
) -> dict[Subject, FoundOutcomes]:
    """The buckets of the range's grain that hold outcomes, in order."""
    return await _read(pool, _BUCKETS, account_id, subjects, wanted)


async def _read(
    pool: asyncpg.Pool, statement: str, account_id: int, subjects: Iterable[Subject], wanted: ReportRange
) -> dict[Subject, FoundOutcomes]:
    found: dict[Subject, FoundOutcomes] = {}
    for row in await pool.fetch(statement, account_id, *bind_subjects(subjects), wanted.grain, *find_bounds(wanted)):
        known = found.setdefault(read_subject(row), FoundOutcomes([], row["has_impressions"]))
        if row["dating"] is not None:
            known.rows.append(read_outcome_row(row))
    return found


def read_outcome_row(row: Any) -> OutcomeRow:
    """From any row that has bucket, dating, currency and the outcomes as columns."""
    counts = tuple(int(row[outcome]) for outcome in OUTCOMES)
    return OutcomeRow(row["bucket"], Dating(row["dating"]), row["currency"], counts)
