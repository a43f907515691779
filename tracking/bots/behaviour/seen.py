"""What behaviour passes look at: a stored click beside its neighbours. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from tracking.bots.verdicts import Reason
from tracking.clicks.event import Fact

# Fetched for a person, or tried out by the account: they speak for nobody's behaviour, least of all against the
# person at whose address a preview was made.
NOBODY: Final = Reason.PREVIEW_USER_AGENT | Reason.PREVIEW_IMESSAGE | Reason.PREFETCH_HEADER | Reason.TEST

Key = TypeVar("Key", bound=Hashable)


class SeenClick(NamedTuple):
    click_id: UUID
    account_id: int
    link_id: int
    campaign_id: int | None
    message_id: int | None
    contact_id: int | None
    visitor_key: bytes
    facts: int
    user_agent_id: int | None
    network: bytes | None
    is_from_hosting: bool
    reasons: int
    evidence: int

    @property
    def at_ms(self) -> int:
        return self.click_id.int >> 80

    @property
    def is_activated(self) -> bool:
        """A browser said that somebody tapped. Programs can say so as well, but rarely both with and without."""
        return bool(self.facts & Fact.SEC_FETCH_USER)

    @property
    def source(self) -> tuple[bytes | None, int | None, bool]:
        """As close as what is stored comes to one device."""
        return self.network, self.user_agent_id, self.is_activated

    @property
    def speaks(self) -> bool:
        return not self.reasons & NOBODY


def sort_by_time(clicks: Iterable[SeenClick]) -> list[SeenClick]:
    """Each once, without those that are no behaviour of anybody: whatever order they came in."""
    by_id = {click.click_id: click for click in clicks if click.speaks}
    return [by_id[click_id] for click_id in sorted(by_id)]


def group_by(clicks: Iterable[SeenClick], key: Callable[[SeenClick], Key]) -> dict[Key, list[SeenClick]]:
    """The clicks of each key, in the order given."""
    groups: dict[Key, list[SeenClick]] = {}
    for click in clicks:
        groups.setdefault(key(click), []).append(click)
    return groups


def slide(clicks: Sequence[SeenClick], span_ms: int) -> Iterator[tuple[int, int]]:
    """For each click, its place and the place after the last one that comes no more than the span later."""
    end = 0
    for start, first in enumerate(clicks):
        while end < len(clicks) and clicks[end].at_ms - first.at_ms <= span_ms:
            end += 1
        yield start, end


class Marks:
    """Ids of stretches of clicks. Stretches that follow each other overlap, and each click is taken once."""

    def __init__(self, clicks: Sequence[SeenClick]) -> None:
        self._clicks = clicks
        self._taken = 0
        self.ids: set[UUID] = set()

    def add(self, start: int, end: int) -> None:
        start = max(start, self._taken)
        self.ids.update(click.click_id for click in self._clicks[start:end])
        self._taken = max(self._taken, end)


class Moving(Generic[Key]):
    """Counts something over a stretch of clicks whose both ends only move on."""

    def __init__(self, clicks: Sequence[SeenClick], key: Callable[[SeenClick], Key]) -> None:
        self._clicks = clicks
        self._key = key
        self._start = self._end = 0
        self.counts: Counter[Key] = Counter()

    def move(self, start: int, end: int) -> Counter[Key]:
        for click in self._clicks[self._end : end]:
            self.counts[self._key(click)] += 1
        for click in self._clicks[self._start : start]:
            key = self._key(click)
            self.counts[key] -= 1
            if not self.counts[key]:
                del self.counts[key]
        self._start, self._end = start, end
        return self.counts
