"""Where everything of a chart stands, in units of its own width: templates write it down as SVG. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tracking.dimensions.hours_of_week import HourOfWeek

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MAX_TICKS: Final = 4
_CHARS_OF_LABELS: Final = 22


class Size(NamedTuple):
    """`left` is kept for the numbers of the axis; so many labels have room below, and a row is so high."""

    name: str
    width: int
    height: int
    left: int
    labels: int
    row_height: int


WIDE: Final = Size("wide", 960, 280, 52, 8, 24)
NARROW: Final = Size("narrow", 340, 200, 40, 4, 18)
SIZES: Final = (WIDE, NARROW)
_TOP, _RIGHT, _BOTTOM = 12, 12, 26


class ChartPoint(NamedTuple):
    """`label` is the short name of a point, `name` the full one; `text` says all of it."""

    label: str
    name: str
    text: str
    value: int
    previous: int | None


class Mark(NamedTuple):
    """`text` at a place."""

    x: float
    y: float
    text: str


class SeriesChart(NamedTuple):
    """Paths of SVG; `previous` is empty where nothing is compared."""

    size: Size
    line: str
    area: str
    previous: str
    dots: list[Mark]
    ticks: list[Mark]
    labels: list[Mark]


class Box(NamedTuple):
    """`share` is of the largest value, from 0 to 1."""

    x: float
    y: float
    width: float
    height: float
    share: float
    text: str


class HeatChart(NamedTuple):
    size: Size
    height: float
    boxes: list[Box]
    days: list[Mark]
    hours: list[Mark]


class Bar(NamedTuple):
    y: float
    width: float
    label: str
    text: str


class BarChart(NamedTuple):
    size: Size
    height: float
    left: float
    bar_height: float
    bars: list[Bar]


def draw_series(points: Sequence[ChartPoint], size: Size) -> SeriesChart:
    """A line from left to right, and the previous period beside it."""
    step = find_step(max([0, *(max(point.value, point.previous or 0) for point in points)]))
    count = max(1, -(-max([0, *(max(point.value, point.previous or 0) for point in points)]) // step))
    bottom, right = size.height - _BOTTOM, size.width - _RIGHT

    def find_x(place: int) -> float:
        return round(size.left + (right - size.left) * (place / (len(points) - 1) if len(points) > 1 else 0.5), 1)

    def find_y(value: float) -> float:
        return round(bottom - (bottom - _TOP) * value / (step * count), 1)

    places = [(find_x(place), find_y(point.value)) for place, point in enumerate(points)]
    line = _write_path(places)
    before = [
        None if point.previous is None else (find_x(place), find_y(point.previous))
        for place, point in enumerate(points)
    ]
    every = -(-len(points) // size.labels) or 1
    return SeriesChart(
        size=size,
        line=line,
        area=f"{line}L{places[-1][0]} {bottom}L{places[0][0]} {bottom}Z" if len(places) > 1 else "",
        previous=_write_path(before),
        dots=[Mark(x, y, point.text) for (x, y), point in zip(places, points, strict=True)],
        ticks=[Mark(size.left, find_y(step * each), shorten_count(step * each)) for each in range(count + 1)],
        labels=[Mark(find_x(place), size.height - 8, points[place].label) for place in range(0, len(points), every)],
    )


def draw_heat(clicks: Mapping[HourOfWeek, int], size: Size) -> HeatChart:
    """A row for each day of the week, a column for each hour."""
    largest = max([1, *clicks.values()])
    width, height = (size.width - size.left - _RIGHT) / 24, size.row_height
    boxes = [
        Box(
            round(size.left + hour * width, 2),
            day * height,
            round(width - 2, 2),
            height - 2,
            round(clicks.get(HourOfWeek(day + 1, hour), 0) / largest, 3),
            f"{name} {hour:02}:00: {clicks.get(HourOfWeek(day + 1, hour), 0):,}",
        )
        for day, name in enumerate(WEEKDAYS)
        for hour in range(24)
    ]
    days = [Mark(size.left - 8, day * height + height * 0.68, name[:3]) for day, name in enumerate(WEEKDAYS)]
    hours = [Mark(round(size.left + hour * width, 1), 7 * height + 14, f"{hour:02}:00") for hour in range(0, 24, 6)]
    return HeatChart(size, 7 * height + 22, boxes, days, hours)


def draw_bars(values: Iterable[tuple[str, int]], size: Size) -> BarChart:
    """A bar for each name, as long as its number."""
    listed = list(values)
    largest = max([1, *(value for _, value in listed)])
    longest = max((len(shorten_text(name)) for name, _ in listed), default=0)
    left, height = min(size.width * 0.28, longest * 8 + 16), size.row_height + 6
    room = size.width * 0.6
    bars = [
        Bar(place * height, round(room * value / largest, 1), shorten_text(name), f"{value:,}")
        for place, (name, value) in enumerate(listed)
    ]
    return BarChart(size, max(1, len(listed)) * height, round(left, 1), height - 6, bars)


def find_peak(clicks: Mapping[HourOfWeek, int]) -> HourOfWeek | None:
    """The hour of the week with the most clicks, the first of them; None without any."""
    return min(clicks, key=lambda hour: (-clicks[hour], hour)) if any(clicks.values()) else None


def find_step(largest: int) -> int:
    """Between two numbers of an axis: 1, 2 or 5 times a power of ten, so that few reach the largest."""
    step = power = 1
    while step * _MAX_TICKS < largest:
        for factor in (1, 2, 5, 10):
            step = factor * power
            if step * _MAX_TICKS >= largest:
                return step
        power *= 10
    return step


def shorten_count(value: int) -> str:
    """For an axis: 1.5k for 1,500."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return str(value)


def shorten_text(text: str) -> str:
    return text if len(text) <= _CHARS_OF_LABELS else text[: _CHARS_OF_LABELS - 1] + "…"


def _write_path(places: Sequence[tuple[float, float] | None]) -> str:
    """With a gap wherever there is nothing."""
    path, is_drawing = "", False
    for place in places:
        if place is not None:
            path += f"{'L' if is_drawing else 'M'}{place[0]} {place[1]}"
        is_drawing = place is not None
    return path
