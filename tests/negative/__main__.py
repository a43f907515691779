"""`./dev check --negative`: plants each mistake in a copy of the project, and says whether its test fails there.

The tests have to pass in a copy without a mistake first: one that always fails would see nothing.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.negative.mutation import Mutation
from tests.negative.mutations import MUTATIONS
from tests.negative.threats import THREATS

ROOT: Final = Path(__file__).resolve().parents[2]
LEFT_OUT: Final = shutil.ignore_patterns(".git", ".venv", ".state", ".tools", ".*_cache", "__pycache__", "node_modules")
DEADLINE_S: Final = 300


def main(rules: Sequence[str]) -> int:
    """Of these rules and words, or of all. 0 when every mistake was found."""
    chosen = [each for each in (*MUTATIONS, *THREATS) if not rules or each.rule in rules]
    with tempfile.TemporaryDirectory(prefix="creatrail-negative-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        if not do_pass(copy, [each.test for each in chosen]):
            print("the tests do not pass without a mistake either")
            return 1
        unseen = [each for each in chosen if not is_found(copy, each)]
    print(f"{len(chosen) - len(unseen)} of {len(chosen)} mistakes are found")
    return 1 if unseen else 0


def is_found(copy: Path, mutation: Mutation) -> bool:
    path = copy / mutation.path
    text = path.read_text()
    path.write_text(plant(text, mutation))
    try:
        found = does_fail(copy, mutation.test)
    finally:
        path.write_text(text)
    print(f"{mutation.rule:9} {'found' if found else 'NOT FOUND':9}  {mutation.mistake}", flush=True)
    return found


def plant(text: str, mutation: Mutation) -> str:
    """Raises ValueError where the mistake fits no longer: the code has moved on, and the mistake has to follow."""
    if text.count(mutation.before) != 1:
        raise ValueError(f"{mutation.rule}: {mutation.path} holds what it changes {text.count(mutation.before)} times")
    return text.replace(mutation.before, mutation.after)


def do_pass(copy: Path, tests: Sequence[str]) -> bool:
    done = _run(copy, tests)
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0


def does_fail(copy: Path, test: str) -> bool:
    """True when the test itself says no; what breaks before it is asked, or beside it, proves nothing."""
    summary = _run(copy, [test]).stdout.splitlines()[-1]
    return " failed" in summary and " error" not in summary


def _run(copy: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
