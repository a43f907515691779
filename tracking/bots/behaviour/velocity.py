"""One user agent of one network that opens one link again and again. Pure.

A creator's post brings thousands of people through a few networks of carriers within minutes, many with the same
browser. They have visitor keys of their own, and each clicks once or twice: a flood is one visitor who does not stop.
Where one address and one browser are many people, there are other people around them, and a visitor who clicks less
often than there are others is taken for such a one.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from tracking.bots.behaviour.seen import Marks, Moving, SeenClick, group_by, slide, sort_by_time
from tracking.bots.verdicts import Reason

WINDOW_MS: Final = 60_000
NETWORK_CLICKS: Final = 120
NETWORK_CLICKS_PER_VISITOR: Final = 6
ALONE_SHARE: Final = 0.9  # a user agent that is as good as alone in its network


class _Minute(NamedTuple):
    clicks: int
    visitors: int


def find_velocity(clicks: Iterable[SeenClick], bot_clicks: int, suspect_clicks: int) -> dict[UUID, Reason]:
    """Of clicks on one link from one network; the strongest reason for each."""
    ordered = sort_by_time(clicks)
    if len(ordered) < min(bot_clicks, suspect_clicks):
        return {}
    minutes = _count_minutes(ordered)
    found: dict[UUID, Reason] = {}
    by_visitor = group_by(ordered, lambda click: (click.user_agent_id, click.visitor_key))
    for own in by_visitor.values():
        found |= dict.fromkeys(_find_visitor(own, minutes, suspect_clicks), Reason.MANY_CLICKS)
    for own in by_visitor.values():
        found |= dict.fromkeys(_find_visitor(own, minutes, bot_clicks), Reason.VELOCITY)
    others = [click for click in ordered if click.click_id not in found]
    minutes = _count_minutes(others)
    found |= dict.fromkeys(_find_network(others, minutes), Reason.VELOCITY_OF_NETWORK)
    return found | dict.fromkeys(_find_changing_visitors(others, minutes, bot_clicks), Reason.MANY_CLICKS)


def _find_visitor(own: Sequence[SeenClick], minutes: dict[UUID, _Minute], clicks_needed: int) -> set[UUID]:
    """Who clicks so often within a minute, unless at least as many others click around."""
    marks = Marks(own)
    for start, end in slide(own, WINDOW_MS):
        others = minutes[own[start].click_id].visitors - 1
        if end - start >= clicks_needed and end - start > others:
            marks.add(start, end)
    return marks.ids


def _find_changing_visitors(
    ordered: Sequence[SeenClick], minutes: dict[UUID, _Minute], clicks_needed: int
) -> set[UUID]:
    """One user agent, as good as alone in its network, that goes through the addresses of it."""
    silent = [click for click in ordered if not click.is_activated]
    found: set[UUID] = set()
    for own in group_by(silent, lambda click: click.user_agent_id).values():
        marks = Marks(own)
        for start, end in slide(own, WINDOW_MS):
            clicks = end - start
            if clicks >= clicks_needed and clicks >= ALONE_SHARE * minutes[own[start].click_id].clicks:
                marks.add(start, end)
        found |= marks.ids
    return found


def _find_network(ordered: Sequence[SeenClick], minutes: dict[UUID, _Minute]) -> set[UUID]:
    """A network by itself says little: only that few visitors, none of whom stands out, make very many clicks."""
    marks = Marks(ordered)
    for start, end in slide(ordered, WINDOW_MS):
        visitors = minutes[ordered[start].click_id].visitors
        if end - start >= max(NETWORK_CLICKS, NETWORK_CLICKS_PER_VISITOR * visitors):
            marks.add(start, end)
    return marks.ids


def _count_minutes(ordered: Sequence[SeenClick]) -> dict[UUID, _Minute]:
    """By the click that each minute begins with."""
    visitors = Moving(ordered, lambda click: click.visitor_key)
    return {
        ordered[start].click_id: _Minute(end - start, len(visitors.move(start, end)))
        for start, end in slide(ordered, WINDOW_MS)
    }
