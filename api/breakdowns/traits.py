"""Parts by what clicks are told by: which can be asked for, and up to when they are complete."""

import datetime as dt
from collections.abc import Sequence

from strawberry.dataloader import DataLoader

from api.context import Context
from api.errors import refuse_input
from api.reports.types import Report
from tracking.dimensions.kinds import TRAITS
from tracking.dimensions.queries import knows_countries, read_oldest_uncounted
from tracking.reports.breakdown_statements import OF_CLICKS
from tracking.reports.dimensions import Dimension
from tracking.reports.scopes import Grain


async def check_trait(context: Context, report: Report, dimension: Dimension, sort_by: str) -> None:
    """Refuses what no part by trait can answer."""
    if dimension not in TRAITS:
        return
    if report.key.range.grain is Grain.HOUR:
        raise refuse_input(f"`range`: by {dimension.value} clicks are counted by the day, so give whole days.")
    if sort_by not in OF_CLICKS:
        raise refuse_input(f"`orderBy.field`: by {dimension.value} only clicks are counted, so sort by one of them.")
    if dimension is Dimension.COUNTRY and not await context.loader(make_country_loader).load(context.account_id):
        raise refuse_input(
            "`by`: no click of the account has a country. COUNTRIES_FILE of the worker names a file in MaxMind's"
            " format that tells countries from then on; see docs/configuration.md."
        )


async def find_as_of(context: Context, report: Report, dimension: Dimension) -> dt.datetime:
    """Read it before the parts: then they hold at least what it says."""
    if dimension not in TRAITS:
        return report.as_of
    oldest = await context.loader(make_oldest_loader).load(True)
    return min(oldest, report.as_of) if oldest else report.as_of


def make_country_loader(context: Context) -> DataLoader[int, bool]:
    async def load(account_ids: Sequence[int]) -> list[bool]:
        return [await knows_countries(context.pool, account_id) for account_id in account_ids]

    return DataLoader(load_fn=load)


def make_oldest_loader(context: Context) -> DataLoader[bool, dt.datetime | None]:
    """Asked once for all breakdowns of a query."""

    async def load(asked: Sequence[bool]) -> list[dt.datetime | None]:
        return [await read_oldest_uncounted(context.pool)] * len(asked)

    return DataLoader(load_fn=load)
