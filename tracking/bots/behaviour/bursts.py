"""A program that opens the links of one message to one contact faster than a person reads. Pure.

A scanner has one address or many, in hosting networks or in ordinary ones, and the browser's name that it likes. The
person comes from elsewhere or with another browser, later or in the middle of it. So clicks are compared only within
sources that one program explains; what no source explains stays the person's.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from tracking.bots.behaviour.seen import SeenClick, group_by, sort_by_time

QUICK_MS: Final = 10_000
QUICK_LINKS: Final = 3
EVERY_LINK_MS: Final = 60_000
FEWEST_LINKS: Final = 3  # a person opens both links of a message that has two

_Burst = list[SeenClick]


def find_bursts(clicks: Iterable[SeenClick], link_count: int, burst_ms: int) -> set[UUID]:
    """Clicks of programs among those on one message to one contact; `link_count` are the links that people see."""
    ordered = sort_by_time(clicks)
    found: set[UUID] = set()
    for source in group_by(ordered, lambda click: click.source).values():
        found |= _find_in_source(source, link_count, burst_ms)
    from_hosting = [click for click in ordered if click.is_from_hosting]
    for source in group_by(from_hosting, lambda click: click.is_activated).values():
        found |= _find_in_source(source, link_count, burst_ms)
    others = [click for click in ordered if not click.is_from_hosting]
    for source in group_by(others, lambda click: (click.user_agent_id, click.is_activated)).values():
        found |= _find_across_networks(source, burst_ms)
    return found


def _find_in_source(clicks: Sequence[SeenClick], link_count: int, burst_ms: int) -> set[UUID]:
    bursts = _cut_bursts(clicks, 2, burst_ms, burst_ms) + _cut_bursts(clicks, QUICK_LINKS, QUICK_MS, burst_ms)
    if link_count >= FEWEST_LINKS:
        bursts += _cut_bursts(clicks, link_count, EVERY_LINK_MS, burst_ms)
    return {click.click_id for burst in bursts for click in burst}


def _find_across_networks(clicks: Sequence[SeenClick], burst_ms: int) -> set[UUID]:
    """One browser's name from several networks. The person may have the same: where a network opened what another
    one did, it may be the person's, and is left in peace."""
    found: set[UUID] = set()
    for span_ms, links in ((burst_ms, 2), (QUICK_MS, QUICK_LINKS)):
        for burst in _cut_bursts(clicks, links, span_ms, burst_ms):
            found |= {click.click_id for click in burst} - _find_doubtful(clicks, burst)
    return found


def _find_doubtful(clicks: Sequence[SeenClick], burst: _Burst) -> set[UUID]:
    """Clicks from a network that had a part in every link that several networks opened: all but it may be a program.

    Where no network explains that, opening links twice is the program's habit. A scan that takes its time opens the
    person's link long before or after them: so this looks as far as the slowest scan goes.
    """
    first_ms, last_ms = burst[0].at_ms - EVERY_LINK_MS, burst[-1].at_ms + EVERY_LINK_MS
    near = [click for click in clicks if first_ms <= click.at_ms <= last_ms]
    by_link = group_by(near, lambda click: click.link_id).values()
    shared = [networks for own in by_link if len(networks := {click.network for click in own}) > 1]
    maybe_people = set.intersection(*shared) if shared else set()
    return {click.click_id for click in near if click.network in maybe_people}


def _cut_bursts(clicks: Sequence[SeenClick], links_needed: int, span_ms: int, burst_ms: int) -> list[_Burst]:
    """Bursts that do not overlap, from the first click on. One ends when a link comes again after a pause: that may
    be whoever reads the message in the end."""
    bursts: list[_Burst] = []
    start = 0
    while start < len(clicks):
        end = _find_end(clicks, start, links_needed, span_ms)
        if end is None:
            start += 1
            continue
        burst = list(clicks[start:end])
        links = {click.link_id for click in burst}
        while end < len(clicks):
            pause_ms = clicks[end].at_ms - burst[-1].at_ms
            is_new = clicks[end].link_id not in links
            if pause_ms > (span_ms if is_new else burst_ms):
                break
            burst.append(clicks[end])
            links.add(clicks[end].link_id)
            end += 1
        bursts.append(burst)
        start = end
    return bursts


def _find_end(clicks: Sequence[SeenClick], start: int, links_needed: int, span_ms: int) -> int | None:
    """After the click that opens the last link needed, if that is within the span."""
    links: set[int] = set()
    for place in range(start, len(clicks)):
        if clicks[place].at_ms - clicks[start].at_ms > span_ms:
            return None
        links.add(clicks[place].link_id)
        if len(links) >= links_needed:
            return place + 1
    return None
