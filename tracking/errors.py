"""What may go wrong in a use case, in the words of the domain. Doors translate; nothing here knows HTTP or GraphQL.

DomainError                 carries the path of the input that is wrong and what would be right
├─ InvalidInputError        a value breaks a rule
├─ NotFoundError            no such thing for this account (a foreign id answers the same, rule 11)
├─ TakenError               a unique value is in use
├─ ArchivedError            an archived thing cannot be changed or used
├─ TimeZoneLockedError      clicks are counted in the account's days: its time zone stays
└─ IdempotencyConflictError the key was used with another input
"""


class DomainError(Exception):
    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def under(self, *prefix: str) -> "DomainError":
        """The same error, seen from an input that holds this one at `prefix`."""
        return type(self)(self.message, (*prefix, *self.path))


class InvalidInputError(DomainError):
    pass


class NotFoundError(DomainError):
    pass


class TakenError(DomainError):
    pass


class ArchivedError(DomainError):
    pass


class TimeZoneLockedError(DomainError):
    pass


class IdempotencyConflictError(DomainError):
    pass
