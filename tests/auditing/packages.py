"""Known holes of the locked packages, by pip-audit.

It asks the index, or else OSV, for each package; a network without either is no answer, and is never taken for one.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.auditing.tools import Outcome, find_tool, say

DEADLINE_S: Final = 60
SOURCES: Final = (("--vulnerability-service", "pypi"), ("--vulnerability-service", "osv"))


class Advisory(NamedTuple):
    package: str
    version: str
    name: str
    fixed_in: tuple[str, ...]

    def describe(self) -> str:
        return f"{self.package} {self.version} has {self.name}, fixed in {', '.join(self.fixed_in) or 'no version yet'}"


class Answer(NamedTuple):
    """What one source knew: what it looked at, what it did not have, and what it says of the former."""

    looked_at: int
    unknown: tuple[str, ...]
    advisories: tuple[Advisory, ...]


def check_packages(lock: Path, sources: Sequence[Sequence[str]] = SOURCES) -> Outcome:
    """CLEAN only where every package of the lock was looked at, by the first source that knows any of them."""
    if (tool := find_tool("pip-audit")) is None:
        say("packages: NOT LOOKED AT, pip-audit is not installed")
        return Outcome.NOT_LOOKED
    answer = next((found for source in sources if (found := _ask(tool, lock, source))), None)
    if answer is None:
        say(f"packages: NOT LOOKED AT, no source of advisories can be reached from here ({lock.name})")
        return Outcome.NOT_LOOKED
    return _tell(answer, lock)


def read_answer(text: str) -> Answer | None:
    """None when the source knew nothing at all."""
    try:
        rows = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    looked_at = [row for row in rows if "skip_reason" not in row]
    if not looked_at:
        return None
    advisories = tuple(
        Advisory(row["name"], row["version"], each["id"], tuple(each["fix_versions"]))
        for row in looked_at
        for each in row["vulns"]
    )
    return Answer(len(looked_at), tuple(row["name"] for row in rows if "skip_reason" in row), advisories)


def _ask(tool: Path, lock: Path, source: Sequence[str]) -> Answer | None:
    command = [str(tool), "--require-hashes", "--disable-pip", "-r", str(lock), "--format", "json", *source]
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off", "--timeout", "5"],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return read_answer(done.stdout)


def _tell(answer: Answer, lock: Path) -> Outcome:
    for advisory in answer.advisories:
        say(f"packages: {advisory.describe()}")
    if answer.unknown:
        say(f"packages: NOT LOOKED AT, unknown to the source: {', '.join(answer.unknown)}")
    if answer.advisories:
        return Outcome.FOUND
    say(f"packages: no known hole in {answer.looked_at} packages of {lock.name}")
    return Outcome.NOT_LOOKED if answer.unknown else Outcome.CLEAN
