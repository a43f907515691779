"""Which endpoints want an event. Pure.

What never changes about a click decides whether an endpoint is told of it at all; what may change decides for its
first event alone: later ones are told whatever they say, and say whether they still match. A conversion may find
another click, so it is told of to whomever it belongs to now or ever belonged.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from tracking.events.payloads.describing import DescribedEvent
from tracking.events.payloads.facts import Facts, Places
from tracking.events.types import EventType
from tracking.webhooks.rules import Wanted

_FIRST: Final = frozenset({EventType.CLICK_RECORDED, EventType.CONVERSION_RECORDED})
# Of several lists of an endpoint, the one that fewest events are found by.
_BY_SELECTIVITY: Final = (
    ("link_id", "link_ids"),
    ("message_id", "message_ids"),
    ("creator_id", "creator_ids"),
    ("offer_id", "offer_ids"),
    ("campaign_id", "campaign_ids"),
)


class Recipient(NamedTuple):
    """An endpoint, as far as it decides what is queued for it. `event_types` and `wanted` are JSON, as stored."""

    id: int
    event_types: str
    wanted: str
    batch_max_events: int
    batch_max_wait_ms: int
    starts_after: int


class Match(NamedTuple):
    """`fits`: the event matches the filter as it is now."""

    recipient: Recipient
    fits: bool


class _Filter:
    """A recipient with its lists as sets."""

    def __init__(self, recipient: Recipient) -> None:
        self.recipient = recipient
        self.event_types = frozenset(msgspec.json.decode(recipient.event_types, type=list[str]))
        self.wanted = msgspec.json.decode(recipient.wanted, type=Wanted)
        lists = ((field, getattr(self.wanted, name)) for field, name in _BY_SELECTIVITY)
        self.ids = {field: frozenset(given) for field, given in lists if given is not None}

    def match(self, event: DescribedEvent) -> Match | None:
        if event.type not in self.event_types:
            return None
        fits = self._fits(event.facts)
        is_told = fits if event.type in _FIRST else self._belonged(event.facts)
        return Match(self.recipient, fits) if is_told else None

    def _fits(self, facts: Facts) -> bool:
        wanted = self.wanted
        return (
            (facts.places is None or self._has(facts.places))
            and (wanted.verdicts is None or facts.verdict is None or facts.verdict in wanted.verdicts)
            and (wanted.counting is None or facts.counting is None or facts.counting in wanted.counting)
            and (wanted.statuses is None or facts.status is None or facts.status in wanted.statuses)
        )

    def _belonged(self, facts: Facts) -> bool:
        return facts.places is None or self._has(facts.places) or any(self._has(places) for places in facts.ever)

    def _has(self, places: Places) -> bool:
        return all(getattr(places, field) in ids for field, ids in self.ids.items())


class Matcher:
    """The endpoints of an account, found by what they name: those that name something else cost nothing."""

    def __init__(self, recipients: Sequence[Recipient]) -> None:
        self._all = [_Filter(recipient) for recipient in recipients]
        self._of_everything = [each for each in self._all if not each.ids]
        self._by_id: dict[tuple[str, int], list[_Filter]] = {}
        for each in self._all:
            for field, ids in list(each.ids.items())[:1]:  # in the order of selectivity
                for key in ids:
                    self._by_id.setdefault((field, key), []).append(each)

    def find(self, event: DescribedEvent) -> Iterator[Match]:
        """Each endpoint once, in the order in which they were given."""
        for each in self.list_candidates(event.facts):
            match = each.match(event)
            if match is not None:
                yield match

    def list_candidates(self, facts: Facts) -> Sequence[_Filter]:
        """Those that are asked."""
        if facts.places is None:
            return self._all
        found = {id(each): each for each in self._of_everything}
        for places in {facts.places, *facts.ever}:
            for field, _ in _BY_SELECTIVITY:
                key = getattr(places, field)
                for each in self._by_id.get((field, key), ()) if key is not None else ():
                    found[id(each)] = each
        return sorted(found.values(), key=lambda each: each.recipient.id)


@lru_cache(maxsize=200)
def make_matcher(recipients: tuple[Recipient, ...]) -> Matcher:
    """Made anew only when an endpoint is."""
    return Matcher(recipients)
