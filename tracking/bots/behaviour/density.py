"""What rule 20 need not look at, told by counts of ten seconds: a crowd on a link is most of the traffic. Pure.

A network is left out only where no window within it can hold what the rule asks for, so that leaving it out changes
nothing. But ten seconds with very many visitors are a crowd as a whole: nobody looks for what is odd in a part of them
alone, least of all at the end, where a crowd is still coming. Where clicks are too many for the memory of a worker,
they are looked at in pieces.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from tracking.bots.behaviour.rules import REACH_MS
from tracking.bots.behaviour.velocity import ALONE_SHARE, NETWORK_CLICKS, NETWORK_CLICKS_PER_VISITOR, WINDOW_MS

BUCKET_MS: Final = 10_000
WHOLE_BUCKETS: Final = WINDOW_MS // BUCKET_MS - 1  # that lie within every window, wherever it begins in its first one
CROWD_VISITORS: Final = 50
SHORTER_REACHES_MS: Final = (30_000, BUCKET_MS)


class Bucket(NamedTuple):
    """Ten seconds of clicks on one link from one network."""

    clicks: int
    most_of_visitor: int
    most_of_user_agent: int  # of those without a tap
    fresh: Sequence[int]  # visitors who were in none of the 0, 1, 2, 3, 4 buckets before


class Piece(NamedTuple):
    """A stretch whose clicks are judged, and how far around it clicks are read for that."""

    first_ms: int
    last_ms: int
    reach_ms: int

    @property
    def is_complete(self) -> bool:
        """All that can matter is read. Otherwise what is not found may still be there."""
        return self.reach_ms >= REACH_MS


def can_speak(buckets: Mapping[int, Bucket], fewest_clicks: int) -> bool:
    """Whether a window may be what the rule looks for; `fewest_clicks` is the lowest number of any policy."""
    return any(_can_window_speak(buckets, first, fewest_clicks) for first in buckets)


def cut_pieces(buckets: Mapping[int, Bucket], news_ms: tuple[int, int], clicks_at_once: int) -> list[Piece]:
    """One piece in nearly all cases. In a flood, pieces around the new clicks alone, with less around each."""
    first_ms, last_ms = news_ms
    for reach_ms in (REACH_MS, *SHORTER_REACHES_MS):
        pieces = list(_cut(buckets, (first_ms - reach_ms, last_ms + reach_ms), reach_ms, clicks_at_once))
        if all(count_around(buckets, piece) <= clicks_at_once for piece in pieces):
            break
    return pieces


def count_around(buckets: Mapping[int, Bucket], piece: Piece) -> int:
    """Clicks that are read for a piece."""
    first, last = (piece.first_ms - piece.reach_ms) // BUCKET_MS, (piece.last_ms + piece.reach_ms) // BUCKET_MS
    return sum(bucket.clicks for number, bucket in buckets.items() if first <= number <= last)


def _can_window_speak(buckets: Mapping[int, Bucket], first: int, fewest_clicks: int) -> bool:
    """A window that begins in the first bucket has all of the next five, and at most all of the sixth and the first."""
    begun = buckets[first]
    touched = [buckets[number] for number in range(first, first + WHOLE_BUCKETS + 2) if number in buckets]
    whole = [(place, buckets.get(first + 1 + place)) for place in range(WHOLE_BUCKETS)]
    visitors = sum(bucket.fresh[place] for place, bucket in whole if bucket is not None)
    clicks_of_whole = sum(bucket.clicks for _, bucket in whole if bucket is not None)
    if begun.fresh[0] >= CROWD_VISITORS:
        visitors, clicks_of_whole = max(visitors, begun.fresh[0]), clicks_of_whole + begun.clicks
    clicks = sum(bucket.clicks for bucket in touched)
    of_visitor = sum(bucket.most_of_visitor for bucket in touched)
    of_user_agent = sum(bucket.most_of_user_agent for bucket in touched)
    return (
        (of_visitor >= fewest_clicks and of_visitor >= visitors)
        or (clicks >= NETWORK_CLICKS and clicks >= NETWORK_CLICKS_PER_VISITOR * visitors)
        or (of_user_agent >= fewest_clicks and of_user_agent >= ALONE_SHARE * clicks_of_whole)
    )


def _cut(
    buckets: Mapping[int, Bucket], stretch_ms: tuple[int, int], reach_ms: int, clicks_at_once: int
) -> Iterator[Piece]:
    """As long as what is read for a piece is not too much, and not shorter than a bucket."""
    first_ms, end_ms = stretch_ms
    while first_ms <= end_ms:
        last_ms = end_ms
        while last_ms - first_ms >= 2 * BUCKET_MS:
            if count_around(buckets, Piece(first_ms, last_ms, reach_ms)) <= clicks_at_once:
                break
            last_ms = first_ms + (last_ms - first_ms) // 2
        yield Piece(first_ms, last_ms, reach_ms)
        first_ms = last_ms + 1
