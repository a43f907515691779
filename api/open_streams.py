"""Every open subscription of this process, over whichever transport: how many a credential has, and what ends them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum, auto
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from api.credential_watch import CredentialWatch
from tracking.accounts.credentials import Credential

MAX_STRANGERS: Final = 1_000  # connections that have shown no credential yet, for which they have five seconds
TOO_MANY: Final = "TOO_MANY_STREAMS"


class Ending(Enum):
    """Why we ended a stream."""

    CREDENTIAL_ENDED = auto()  # or it may less than before, or no more from this page
    GOING_AWAY = auto()  # this process; another one takes the stream up


class TooManyError(Exception):
    """Names the limit, for who must close something."""


class _Holder(NamedTuple):
    """Whose streams and connections are counted together: a key's, or those of a session's user or creator."""

    api_key_id: int
    user_id: int | None
    creator_id: int | None


class OpenStreams:
    def __init__(self, watch: CredentialWatch, most_per_credential: int) -> None:
        self._watch = watch
        self._most = most_per_credential
        self._streams: Counter[_Holder] = Counter()
        self._connections: Counter[_Holder | None] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._endings: WeakKeyDictionary[asyncio.Task[Any], Ending] = WeakKeyDictionary()

    def __len__(self) -> int:
        return self._streams.total()

    @property
    def connections(self) -> int:
        """WebSockets, those among them that have shown no credential yet."""
        return self._connections.total()

    @contextmanager
    def open(self, credential: Credential, origin: str | None) -> Iterator[None]:
        """A stream that the current task tells. It is cancelled when the stream must end; `why_ended` knows why."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("streams are told by tasks")
        self._tasks.add(task)
        told = f"A credential has at most {self._most} open streams in a process of the api: close others first."
        try:
            with (
                _take(self._streams, _find_holder(credential), self._most, told),
                self._watch.until_ended(credential, origin, lambda: self._end(task, Ending.CREDENTIAL_ENDED)),
            ):
                yield
        finally:
            self._tasks.discard(task)

    @contextmanager
    def connect(self, credential: Credential | None) -> Iterator[None]:
        """A WebSocket connection; of a stranger, as long as its credential is not known."""
        if credential is None:
            told = f"At most {MAX_STRANGERS} connections wait for their credential: try again."
            taking = _take(self._connections, None, MAX_STRANGERS, told)
        else:
            told = f"A credential has at most {self._most} connections to a process: close others first."
            taking = _take(self._connections, _find_holder(credential), self._most, told)
        with taking:
            yield

    def end_all(self) -> None:
        """Because this process stops."""
        for task in list(self._tasks):
            self._end(task, Ending.GOING_AWAY)

    def why_ended(self, task: asyncio.Task[Any] | None) -> Ending | None:
        """Of a task that was cancelled; None when that was not for us to do."""
        return self._endings.get(task) if task else None

    def _end(self, task: asyncio.Task[Any], ending: Ending) -> None:
        self._endings.setdefault(task, ending)
        task.cancel()


class CountedStreams(SchemaExtension):
    """A subscription is open from when it is known to be valid until its last word."""

    def on_operation(self) -> Iterator[None]:
        with ExitStack() as self._held:
            yield

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        is_valid = not execution.pre_execution_errors
        if is_valid and execution.operation_type is OperationType.SUBSCRIPTION and execution.context.credential:
            context = execution.context
            try:
                self._held.enter_context(context.streams.open(context.credential, context.other_origin))
            except TooManyError as refused:
                execution.pre_execution_errors = [refuse_more(str(refused))]
        yield


def refuse_more(told: str) -> GraphQLError:
    return GraphQLError(told, extensions={"code": TOO_MANY})


def tell_ended() -> GraphQLError:
    """The last word of a stream whose credential has ended."""
    return GraphQLError("The credential is no longer valid.", extensions={"code": "UNAUTHENTICATED"})


@contextmanager
def _take(places: Counter[Any], holder: Any, most: int, told: str) -> Iterator[None]:
    if places[holder] >= most:
        raise TooManyError(told)
    places[holder] += 1
    try:
        yield
    finally:
        places[holder] -= 1
        if not places[holder]:
            del places[holder]


def _find_holder(credential: Credential) -> _Holder:
    return _Holder(credential.api_key_id, credential.user_id, credential.creator_id)
