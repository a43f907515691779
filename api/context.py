"""What every resolver finds at `info.context`: who asks, the stores, and the loaders of this one operation."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import asyncpg
import redis.asyncio
import strawberry
from strawberry.dataloader import DataLoader

from api.boards import Boards
from api.open_streams import OpenStreams
from tracking.accounts.credentials import Credential
from tracking.click_shards import ClickShards
from tracking.events.wakeups import EventWakeups
from tracking.jobs import JobQueue
from tracking.settings import Settings

if TYPE_CHECKING:
    from api.events.feeds.account_feeds import Feeds

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass
class Context:
    """One for each request, or for each operation of a WebSocket connection."""

    credential: Credential | None
    settings: Settings
    pool: asyncpg.Pool
    redis: redis.asyncio.Redis
    shards: ClickShards
    jobs: JobQueue
    wakeups: EventWakeups
    feeds: "Feeds"
    streams: OpenStreams
    boards: Boards
    can_stream: bool = False
    other_origin: str | None = None  # of the page that asks, when it is not ours
    traceparent: str | None = None  # of whoever asks, as the W3C has it
    trace_id: str | None = None  # of this operation, when it is traced
    connection_params: dict[str, Any] | None = None
    held: ExitStack = field(default_factory=ExitStack)  # what a WebSocket connection gives back at its end
    loaders: dict[object, DataLoader[Any, Any]] = field(default_factory=dict)
    has_failed: bool = False  # what a stream told last was answered with errors

    @property
    def viewer(self) -> Credential:
        """Who asks. Only for fields with a permission class, which has made sure of it."""
        if self.credential is None:
            raise RuntimeError("a resolver without permission class asked for the viewer")
        return self.credential

    @property
    def account_id(self) -> int:
        """The account comes from the credential, never from the query (rule 11)."""
        return self.viewer.account_id

    def may_see(self, creator_id: int | None) -> bool:
        """False for what is not of the creator whose session this is; loaders answer it as unknown (LS11)."""
        return self.viewer.creator_id in {None, creator_id}

    def loader(self, make: "Callable[[Context], DataLoader[Key, Value]]") -> DataLoader[Key, Value]:
        """The loader that `make` makes, made once for each operation."""
        if make not in self.loaders:
            self.loaders[make] = make(self)
        return self.loaders[make]


Info: TypeAlias = strawberry.Info[Context, None]
