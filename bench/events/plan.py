"""What the subscribers of the bench are told to do, and what they hand back: files between two processes."""

from pathlib import Path
from typing import Final

import msgspec

WHOLE: Final = 5  # subscribers to everything of the account
PROTOCOL: Final = "graphql-transport-ws"
DOCUMENT: Final = """
    subscription ($filter: ClickFilter) {
        clicks(filter: $filter, start: {latest: true}) {
            __typename
            ... on ClickRecorded { cursor click { id occurredAt counting verdict { class } link { id label } } }
            ... on ClickReclassified { cursor click { id counting } }
            ... on StreamReady { cursor }
            ... on EventGap { cursor }
        }
    }
"""


class Plan(msgspec.Struct, frozen=True):
    """One subscriber for each link, then those to the whole account."""

    url: str
    api_key: str
    link_ids: list[str]
    whole: int
    answer: str

    @property
    def filters(self) -> list[dict[str, list[str]]]:
        return [*({"linkIds": [each]} for each in self.link_ids), *({} for _ in range(self.whole))]


class Received(msgspec.Struct, frozen=True):
    """What came. The three arrays, of 8, 4 and 4 bytes, have one entry for each ClickRecorded, in the order of time."""

    times_us: bytes
    subscribers: bytes
    clicks: bytes  # the place of each in `click_ids`
    click_ids: list[str]
    digests: list[str]  # of what each of the last `whole` was told, in its order
    told: dict[str, int]  # by kind, of all subscribers
    lost: list[str]  # connections that ended
    cpu_s: float
    seconds: float
    lags_ms: list[float]  # how late the client's own loop was, each 10 ms


def write_plan(plan: Plan, path: Path) -> None:
    path.write_bytes(msgspec.json.encode(plan))


def read_plan(path: Path) -> Plan:
    return msgspec.json.decode(path.read_bytes(), type=Plan)


def write_received(received: Received, path: Path) -> None:
    path.write_bytes(msgspec.msgpack.encode(received))


def read_received(path: Path) -> Received:
    return msgspec.msgpack.decode(path.read_bytes(), type=Received)
