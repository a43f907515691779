"""Who acts in this task: set once by the door that knows, read by whoever writes history."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple

from tracking.history.models import ActorKind


class Actor(NamedTuple):
    """`id` is that of the key, the user or the creator; a job has none."""

    kind: ActorKind
    id: int | None = None


SYSTEM: Final = Actor(ActorKind.SYSTEM)
_current: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current_actor() -> Actor:
    return _current.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
