"""When in the week clicks come."""

from collections.abc import Mapping

import strawberry

from api.scalars import BigInt
from tracking.dimensions.hours_of_week import HourOfWeek
from tracking.reports.queries import Counts


@strawberry.type(description="An hour of the week, in the account's time zone.")
class HeatMapCell:
    weekday: int = strawberry.field(description="As in ISO 8601: 1 is Monday, 7 is Sunday.")
    hour: int = strawberry.field(description="From 0 to 23.")
    unique_clicks: BigInt = strawberry.field(description="Unique clicks of all such hours together.")
    total_clicks: BigInt = strawberry.field(description="All clicks of them, of programs and previews too.")


def make_cells(found: Mapping[HourOfWeek, Counts]) -> list[HeatMapCell]:
    """All 168 in order, from Monday at midnight."""
    cells = []
    for weekday in range(1, 8):
        for hour in range(24):
            counts = found.get(HourOfWeek(weekday, hour), Counts())
            cells.append(
                HeatMapCell(
                    weekday=weekday,
                    hour=hour,
                    unique_clicks=BigInt(counts.unique_clicks),
                    total_clicks=BigInt(sum(counts[:6])),
                )
            )
    return cells
