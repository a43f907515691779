"""What another tool would have counted of the same clicks, and by what it differs from our unique clicks. Pure."""

import datetime as dt
from collections import Counter
from enum import StrEnum
from typing import Final, NamedTuple

from tracking.clicks.event import VisitorMethod

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_CLICKS_BETWEEN_PRUNINGS: Final = 50_000

# These tell a visitor apart beyond a day, and know nothing of addresses.
_LASTING: Final = frozenset({VisitorMethod.COOKIE, VisitorMethod.CONTACT})


class Definition(StrEnum):
    """By what another tool counts a click on a link."""

    IP_UA_1H = "IP_UA_1H"
    COOKIE_24H = "COOKIE_24H"
    SESSION_30MIN = "SESSION_30MIN"
    RAW = "RAW"


class Cause(StrEnum):
    """Why a click is in one of the two numbers alone."""

    BOTS = "BOTS"
    PREVIEWS = "PREVIEWS"
    PREFETCHES = "PREFETCHES"
    TESTS = "TESTS"
    SUSPECTS = "SUSPECTS"
    POLICY = "POLICY"
    REPEATS = "REPEATS"
    CONTACTS = "CONTACTS"
    DAY_BORDER = "DAY_BORDER"
    SHARED_ADDRESS = "SHARED_ADDRESS"


class SeenClick(NamedTuple):
    """`left_out_for` is what keeps it from counting where it is not counted: that of a person is POLICY."""

    at_ms: int
    link_id: int
    left_out_for: Cause
    is_counted: bool
    is_unique: bool
    is_bound: bool  # to one contact on a message
    visitor_key: bytes
    visitor_day: dt.date
    visitor_method: VisitorMethod
    network: bytes | None
    user_agent_id: int | None


class Reconciliation(NamedTuple):
    """`theirs - ours` is the sum of the causes."""

    ours: int
    theirs: int
    causes: dict[Cause, int]


class _Window:
    """Until when others count no more of one visitor on one link, and by what cause the click that opened it is."""

    __slots__ = ("cause", "ends_ms", "latest")

    def __init__(self, opener: SeenClick) -> None:
        self.cause: Cause | None = None
        self.latest = opener
        self.ends_ms = 0


LENGTHS_MS: Final = {
    Definition.IP_UA_1H: _HOUR_MS,
    Definition.COOKIE_24H: 24 * _HOUR_MS,
    Definition.SESSION_30MIN: 30 * _MINUTE_MS,
    Definition.RAW: 0,
}
# Whom other tools leave out as programs, as far as our columns say so.
_PEOPLE: Final = frozenset({Cause.POLICY, Cause.SUSPECTS})


class Reconciler:
    """Give it clicks by their ids. Memory holds the visitors of one window, however many clicks there are."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._length_ms = LENGTHS_MS[definition]
        self._by_visitor: dict[tuple[int, bytes], _Window] = {}
        self._by_address: dict[tuple[int, bytes, int], _Window] = {}
        self._causes: Counter[Cause] = Counter()
        self._ours = self._theirs = self._seen = 0

    @property
    def result(self) -> Reconciliation:
        return Reconciliation(self._ours, self._theirs, {cause: self._causes[cause] for cause in Cause})

    def add(self, click: SeenClick, *, is_asked_for: bool = True) -> None:
        """What is not asked for only opens windows."""
        self._seen += 1
        if self._seen % _CLICKS_BETWEEN_PRUNINGS == 0:
            self._forget_ended(click.at_ms)
        is_theirs, window = self._judge(click)
        cause = _find_cause(click, window, is_theirs=is_theirs)
        if window and is_theirs:
            window.cause = cause
        if window:
            self._enter(click, window, is_opened=is_theirs)
        if is_asked_for:
            self._ours += click.is_unique
            self._theirs += is_theirs
            if cause:
                self._causes[cause] += is_theirs - click.is_unique

    def _judge(self, click: SeenClick) -> tuple[bool, _Window | None]:
        """Whether they count it, and the window that it opens or falls into; none of who is no visitor to them."""
        if self._definition is Definition.RAW:
            return True, None
        if click.left_out_for not in _PEOPLE:
            return False, None
        window = self._find_window(click)
        return (False, window) if window else (True, _Window(click))

    def _find_window(self, click: SeenClick) -> _Window | None:
        found = self._by_visitor.get((click.link_id, click.visitor_key))
        if found and found.ends_ms > click.at_ms and not self._goes_by_address(click):
            return found
        if click.network is None or click.user_agent_id is None:
            return None
        near = self._by_address.get((click.link_id, click.network, click.user_agent_id))
        return near if near and near.ends_ms > click.at_ms and self._may_be_one(near.latest, click) else None

    def _may_be_one(self, known: SeenClick, click: SeenClick) -> bool:
        """Whether the same network and user agent are all that can be gone by."""
        if self._goes_by_address(known) or self._goes_by_address(click):
            return True
        are_lasting = known.visitor_method in _LASTING and click.visitor_method in _LASTING
        return known.visitor_day != click.visitor_day and not are_lasting

    def _goes_by_address(self, click: SeenClick) -> bool:
        """Their address and ours would agree, but what we keep of this visitor is a cookie or a contact."""
        is_known = click.network is not None and click.user_agent_id is not None
        return self._definition is Definition.IP_UA_1H and is_known and click.visitor_method in _LASTING

    def _enter(self, click: SeenClick, window: _Window, *, is_opened: bool) -> None:
        window.latest = click
        if is_opened or self._definition is Definition.SESSION_30MIN:
            window.ends_ms = click.at_ms + self._length_ms
        self._by_visitor[click.link_id, click.visitor_key] = window
        if click.network is not None and click.user_agent_id is not None:
            self._by_address[click.link_id, click.network, click.user_agent_id] = window

    def _forget_ended(self, now_ms: int) -> None:
        self._by_visitor = {key: window for key, window in self._by_visitor.items() if window.ends_ms > now_ms}
        self._by_address = {key: window for key, window in self._by_address.items() if window.ends_ms > now_ms}


def _find_cause(click: SeenClick, window: _Window | None, *, is_theirs: bool) -> Cause | None:
    """None where both count it or neither does."""
    if is_theirs == click.is_unique:
        return None
    if is_theirs:
        repeated = Cause.CONTACTS if click.is_bound else Cause.REPEATS
        return repeated if click.is_counted else click.left_out_for
    if window is None:
        return Cause.POLICY
    if window.cause in _PEOPLE:  # they counted an earlier one of the same person, which is not counted here
        return window.cause
    return _find_missed(click, window.latest)


def _find_missed(click: SeenClick, before: SeenClick) -> Cause:
    """Of a unique click in a window of others, in which `before` lies too."""
    if click.is_bound:
        return Cause.CONTACTS
    is_same_day, is_other = before.visitor_day == click.visitor_day, before.visitor_key != click.visitor_key
    return Cause.SHARED_ADDRESS if is_same_day and is_other else Cause.DAY_BORDER
