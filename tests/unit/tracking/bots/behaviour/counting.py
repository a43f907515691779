"""Counts of ten seconds, told from clicks in the plainest way; the passes ask PostgreSQL for the same."""

from collections import Counter
from collections.abc import Iterable

from tests.unit.tracking.bots.behaviour.clicking import TAPPED
from tracking.bots.behaviour.density import BUCKET_MS, WHOLE_BUCKETS, Bucket
from tracking.bots.behaviour.seen import SeenClick


def count_buckets(clicks: Iterable[SeenClick]) -> dict[int, Bucket]:
    own: dict[int, list[SeenClick]] = {}
    for click in clicks:
        own.setdefault(click.at_ms // BUCKET_MS, []).append(click)
    visitors = {number: {click.visitor_key for click in some} for number, some in own.items()}
    return {
        number: Bucket(
            clicks=len(some),
            most_of_visitor=max(Counter(click.visitor_key for click in some).values()),
            most_of_user_agent=max(
                Counter(click.user_agent_id for click in some if not click.facts & TAPPED).values(), default=0
            ),
            fresh=[
                len(visitors[number].difference(*(visitors.get(number - gap, set()) for gap in range(1, place + 1))))
                for place in range(WHOLE_BUCKETS)
            ],
        )
        for number, some in own.items()
    }
