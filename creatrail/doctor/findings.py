"""What the doctor says: a line for each step, and for a broken one what is wrong and what to do."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from redis.exceptions import RedisError

from tracking.database import TRANSIENT_ERRORS

_STORE_ERRORS: tuple[type[BaseException], ...] = (*TRANSIENT_ERRORS, RedisError)


class BrokenError(Exception):
    """A step does not work; both texts are for the operator."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class Finding(NamedTuple):
    """A step that works, and what the operator should know all the same."""

    text: str
    warnings: tuple[str, ...] = ()


class Report:
    """Runs steps, prints their lines and remembers whether any was broken."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.is_healthy = True

    async def check(self, name: str, step: Awaitable[Finding]) -> bool:
        """Whether the step works."""
        try:
            finding = await step
        except BrokenError as error:
            self._tell_broken(name, error)
            return False
        except _STORE_ERRORS as error:
            self._tell_broken(name, BrokenError(f"a store went away: {error or 'no answer in time'}", "try again"))
            return False
        self._say(f"ok       {name:<11} {finding.text}")
        for warning in finding.warnings:
            self._say(f"warning  {name:<11} {warning}")
        return True

    def skip(self, *names: str) -> None:
        """Steps that cannot be tried because an earlier one is broken."""
        for name in names:
            self._say(f"skipped  {name:<11} needs what is broken above")

    def _tell_broken(self, name: str, error: BrokenError) -> None:
        self.is_healthy = False
        self._say(f"broken   {name:<11} {error.problem}")
        self._say(f"{'':<20} {error.remedy}")
