"""`./dev check --negative`: plants each mistake in a copy of the project, and says whether its test fails there.

The tests have to pass in a copy without a mistake first: one that always fails would see nothing. Two mistakes at once,
each in a copy of its own. All of them together go into docs/reliability.md.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from tests.documenting import Block, describe_run, document, write_table
from tests.negative.mutation import Mutation
from tests.negative.mutations import MUTATIONS
from tests.negative.threats import THREATS
from tracking.settings import read_environment

ROOT: Final = Path(__file__).resolve().parents[2]
LEFT_OUT: Final = shutil.ignore_patterns(".git", ".venv", ".state", ".tools", ".*_cache", "__pycache__", "node_modules")
DEADLINE_S: Final = 300  # of one test
DEADLINE_OF_ALL_S: Final = 1_800
AT_ONCE: Final = 2
BLOCK: Final = Block("./dev check --negative", ("rule or threat", "mistake", "test that fails", ""))


def main(rules: Sequence[str]) -> int:
    """Of these rules and words, or of all. 0 when every mistake was found, 2 for a rule that has none."""
    every = (*MUTATIONS, *THREATS)
    known = {each.rule for each in every}
    if unknown := [name for name in rules if name not in known]:
        print(f"no mistake is planted for {', '.join(unknown)}; there are some for {', '.join(sorted(known))}")
        return 2
    machine = describe_run()
    chosen = [each for each in every if not rules or each.rule in rules]
    with tempfile.TemporaryDirectory(prefix="creatrail-negative-") as folder:
        copies = [Path(folder) / f"project {number}" for number in range(AT_ONCE)]
        for copy in copies:
            shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        if not do_pass(copies[0], [each.test for each in chosen]):
            print("the tests do not pass without a mistake either")
            return 1
        found = find_all(copies, chosen)
    print(f"{sum(found)} of {len(chosen)} mistakes are found")
    if not rules:
        rows = [
            [each.rule, each.mistake, f"`{each.test}`", "found" if is_seen else "not found"]
            for each, is_seen in zip(chosen, found, strict=True)
        ]
        document(BLOCK, [*machine, "", *write_table(BLOCK.headings, rows)])
    return 0 if all(found) else 1


def find_all(copies: Sequence[Path], mutations: Sequence[Mutation]) -> list[bool]:
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def try_one(mutation: Mutation) -> bool:
        copy = free.get()
        try:
            return is_found(copy, mutation)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as threads:
        return list(threads.map(try_one, mutations))


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
    done = _run(copy, tests, DEADLINE_OF_ALL_S, read_environment())
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0


def does_fail(copy: Path, test: str) -> bool:
    """True when the test itself says no; what breaks before it is asked or beside it proves nothing, nor does silence.

    What is compiled with the mistake could pass for what has none, if both were written in one second.
    """
    environment = {**read_environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        summary = _run(copy, [test], DEADLINE_S, environment).stdout.splitlines()[-1]
    except subprocess.TimeoutExpired:
        return False
    return " failed" in summary and " error" not in summary


def _run(
    copy: Path, tests: Sequence[str], deadline_s: int, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=deadline_s, check=False
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
