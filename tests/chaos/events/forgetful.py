"""A reader with a mistake that the oracle must see: started again, it follows what happens from then on."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from examples.events.python import consumer
from tests.chaos.events.journaling import WitnessedState
from tracking.settings import read_environment


class ForgetfulState(WitnessedState):
    """It has no cursor until it hears something."""

    _has_heard = False

    @property
    def cursor(self) -> str | None:
        return super().cursor if self._has_heard else None

    def hear(self, event: dict[str, Any]) -> None:
        self._has_heard = True
        super().hear(event)


async def look_at_nothing_before(*_: object) -> None:
    """What was there before it came, it never asks for."""


if __name__ == "__main__":
    vars(consumer)["read_again"] = look_at_nothing_before
    asyncio.run(consumer.follow(ForgetfulState(read_environment()["STATE"], Path(sys.argv[1]))))
