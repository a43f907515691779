"""What filters ask of the thing that an event is about. Pure."""

from typing import NamedTuple, Protocol

from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import Counting
from tracking.conversions.kinds import Status


class Placed(Protocol):
    @property
    def link_id(self) -> int | None: ...
    @property
    def campaign_id(self) -> int | None: ...
    @property
    def creator_id(self) -> int | None: ...
    @property
    def message_id(self) -> int | None: ...
    @property
    def offer_id(self) -> int | None: ...


class Places(NamedTuple):
    """Where something belongs. Of a click and a link that never changes; a conversion may find another click."""

    link_id: int | None
    campaign_id: int | None
    creator_id: int | None
    message_id: int | None
    offer_id: int | None

    @classmethod
    def of(cls, row: Placed) -> "Places":
        return cls(row.link_id, row.campaign_id, row.creator_id, row.message_id, row.offer_id)


class Facts(NamedTuple):
    """`ever` is where it belongs and where it belonged. Exports and imports belong nowhere: None."""

    places: Places | None = None
    ever: frozenset[Places] = frozenset()
    verdict: Verdict | None = None
    counting: Counting | None = None
    status: Status | None = None
