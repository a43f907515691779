"""Where the programs are that look at the project from outside: an environment of their own, `requirements-audit.lock`.

What they need is not among what is tested, and cannot hold a version of it back.
"""

import sys
from enum import IntEnum
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = ROOT / ".tools" / "audit" / "bin"


class Outcome(IntEnum):
    """What a check ends with. `./dev check` goes on after NOT_LOOKED, and has said so."""

    CLEAN = 0
    FOUND = 1
    NOT_LOOKED = 3


def find_tool(name: str) -> Path | None:
    path = TOOLS / name
    return path if path.is_file() else None


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
