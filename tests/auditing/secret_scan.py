"""Secrets in files, by Kingfisher: its rules for everybody's keys, and `secret_rules.yml` for ours.

There is no baseline: nothing in the project looks like a secret. What a test plants says in words what it is.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tests.auditing.tools import TOOLS, Outcome, find_tool, say
from tests.unit.house.sources import Source

DEADLINE_S: Final = 120
RULES: Final = Path(__file__).with_name("secret_rules.yml")
CACHE: Final = TOOLS.parent / "rule-cache"
OPTIONS: Final = ("--no-validate", "--no-update-check", "--git-history", "none", "--no-ignore", "--redact")


def check_files(sources: Iterable[Source]) -> Outcome:
    if (tool := find_tool("kingfisher")) is None:
        say("secrets: NOT LOOKED FOR, kingfisher is not installed")
        return Outcome.NOT_LOOKED
    with tempfile.TemporaryDirectory(prefix="creatrail-secrets-") as folder:
        _lay_out(Path(folder, "files"), sources)
        found = _scan(tool, Path(folder))
    for place in found:
        say(f"secrets: {place}")
    if found:
        return Outcome.FOUND
    say("secrets: none in any file")
    return Outcome.CLEAN


def _lay_out(folder: Path, sources: Iterable[Source]) -> None:
    """Apart from what git does not track, and from the folders of environments."""
    for source in sources:
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text, encoding="utf-8")


def _scan(tool: Path, folder: Path) -> list[str]:
    report = folder / "report.json"
    places = ["--rules-path", str(RULES), "--rule-cache-dir", str(CACHE), "--output", str(report)]
    done = subprocess.run(
        [str(tool), "scan", *OPTIONS, "--format", "json", *places, str(folder / "files")],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    if not report.is_file():
        raise RuntimeError(f"kingfisher said nothing and ended with {done.returncode}: {done.stderr[-500:]}")
    return [_describe(each, folder / "files") for each in json.loads(report.read_text())["findings"]]


def _describe(found: dict[str, Any], folder: Path) -> str:
    finding = found["finding"]
    path = str(finding["path"]).removeprefix(f"{folder}/")
    return f"{path}:{finding['line']} looks like {found['rule']['name']}"
