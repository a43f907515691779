"""The example in Python, which also writes down what it hears before it keeps it: `python -m …journaling JOURNAL`."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from examples.events.python.consumer import State, follow
from tracking.settings import read_environment


class WitnessedState(State):
    """Its journal is of the form that the example in TypeScript keeps its state in."""

    def __init__(self, path: str, journal: Path) -> None:
        super().__init__(path)
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def hear(self, event: dict[str, Any]) -> None:
        clicks = [event["click"]] if "click" in event else []
        line = {"cursor": event["cursor"], "id": event.get("id"), "sequence": event.get("sequence"), "clicks": clicks}
        os.write(self._journal, json.dumps(line).encode() + b"\n")
        super().hear(event)

    def keep(self, clicks: list[dict[str, Any]], cursor: str | None = None) -> None:
        if cursor is None:  # read again, for nothing told of it
            os.write(self._journal, json.dumps({"clicks": clicks}).encode() + b"\n")
        super().keep(clicks, cursor)


if __name__ == "__main__":
    asyncio.run(follow(WitnessedState(read_environment()["STATE"], Path(sys.argv[1]))))
