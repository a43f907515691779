"""Expected failures of mutations, as data: each union of results names the ones it may answer.

A resolver lets the DomainError of a use case pass; the handlers here turn it into the member of its union.
"""

from enum import Enum
from typing import Any, Final

import strawberry
from graphql import GraphQLError

from tracking.errors import (
    ArchivedError,
    DomainError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
    TakenError,
    TimeZoneLockedError,
)


@strawberry.enum(description="Why a mutation did nothing.")
class ErrorCode(Enum):
    INVALID_INPUT = strawberry.enum_value("INVALID_INPUT", description="A value breaks a rule.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="This account has no such thing.")
    TAKEN = strawberry.enum_value("TAKEN", description="A value that must be unique is in use.")
    ARCHIVED = strawberry.enum_value("ARCHIVED", description="What is archived cannot be changed or used.")
    TIME_ZONE_LOCKED = strawberry.enum_value(
        "TIME_ZONE_LOCKED", description="The first click was stored, and days are counted in this zone for ever."
    )
    IDEMPOTENCY_CONFLICT = strawberry.enum_value(
        "IDEMPOTENCY_CONFLICT", description="The idempotency key was used before, with another input."
    )
    NOT_READY = strawberry.enum_value(
        "NOT_READY", description="What this needs is not complete yet: the same call succeeds later."
    )


@strawberry.interface(description="An expected failure. Nothing was changed.")
class UserError:
    code: ErrorCode = strawberry.field(description="For programs.")
    message: str = strawberry.field(description="For people: what is wrong and what would be right.")
    path: list[str] = strawberry.field(description="Where in the input; empty when it is about all of it.")


@strawberry.type(description="A value breaks a rule.")
class InvalidInput(UserError):
    pass


@strawberry.type(description="This account has no such thing.")
class NotFound(UserError):
    pass


@strawberry.type(description="A value that must be unique is in use.")
class Taken(UserError):
    pass


@strawberry.type(description="What is archived cannot be changed or used.")
class Archived(UserError):
    pass


@strawberry.type(description="The first click was stored, and days are counted in this zone for ever.")
class TimeZoneLocked(UserError):
    pass


@strawberry.type(description="The idempotency key was used before, with another input.")
class IdempotencyConflict(UserError):
    pass


_MEMBERS: Final[dict[type[DomainError], tuple[type[UserError], ErrorCode]]] = {
    InvalidInputError: (InvalidInput, ErrorCode.INVALID_INPUT),
    NotFoundError: (NotFound, ErrorCode.NOT_FOUND),
    TakenError: (Taken, ErrorCode.TAKEN),
    ArchivedError: (Archived, ErrorCode.ARCHIVED),
    TimeZoneLockedError: (TimeZoneLocked, ErrorCode.TIME_ZONE_LOCKED),
    IdempotencyConflictError: (IdempotencyConflict, ErrorCode.IDEMPOTENCY_CONFLICT),
}


def describe_error(error: DomainError) -> UserError:
    """The member of a union for it; also for the items of bulk mutations."""
    member, code = _MEMBERS[type(error)]
    return member(code=code, message=error.message, path=list(error.path))


class _Handler:
    """Acts where the field's union has `error_type`; elsewhere the error is a fault of ours, and masked."""

    def __init__(self, exception_type: type[DomainError], error_type: type[UserError]) -> None:
        self.exception_type = exception_type
        self.error_type = error_type

    def handle(self, exception: DomainError, *, field: Any, info: Any) -> UserError:  # noqa: ARG002 -- the protocol's
        return describe_error(exception)


EXCEPTION_HANDLERS: Final = tuple(_Handler(exception, member) for exception, (member, _) in _MEMBERS.items())


def refuse_input(message: str) -> GraphQLError:
    """For queries, which have no union: an argument that cannot be meant. Raise what this returns."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})
