"""All benches, each in a process of its own, so that none measures what another left in memory."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from bench.figures import Table
from creatrail.embedded.folders import PROJECT

# What a bench that takes many minutes alone does less of, so that all of them end within the hour.
BRIEFLY: Final = {
    "redirect": ("--rounds", "3"),
    "conversions": ("--rounds", "3"),
    "links": ("--rounds", "3"),
    "scale": ("--rounds", "3"),
    "reports": ("--clicks", "2000000"),
    "events": ("--seconds", "120"),
    "webhooks": ("--rounds", "2"),
}


def run_every(names: Sequence[str], *, is_full: bool, is_documented: bool) -> int:
    """Print what each prints, then every figure that has a gate. 1 when one was missed, or a bench gave no figures."""
    outcomes = {name: _run(name, is_full, is_documented) for name in names}
    gates = [
        [name, each["name"], f"{each['value']:.4g}", each["verdict"]]
        for name, outcome in outcomes.items()
        if outcome is not None
        for each in outcome["gates"]
    ]
    print(f"\n{Table('Every gate', ['bench', 'figure', 'value', 'gate'], gates).format()}", flush=True)
    failed = [name for name, outcome in outcomes.items() if outcome is None]
    missed = [name for outcome in outcomes.values() if outcome is not None for name in outcome["missed"]]
    for problem in (
        f"no figures: {', '.join(failed)}" if failed else "",
        f"missed: {', '.join(missed)}" if missed else "",
    ):
        if problem:
            print(f"bench: {problem}", file=sys.stderr)
    return 1 if failed or missed else 0


def _run(name: str, is_full: bool, is_documented: bool) -> dict[str, Any] | None:
    """What the bench says as JSON on its last line, or None when it ended before."""
    command = [sys.executable, "-m", "bench", name, "--json", *(["--document"] if is_documented else [])]
    if not is_full:
        command += BRIEFLY.get(name, ())
    print(f"\n== {name}\n", flush=True)
    last = ""
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            last = line
            print("" if line.startswith("{") else line, end="", flush=True)
    try:
        outcome = json.loads(last)
    except json.JSONDecodeError:
        return None
    return outcome if isinstance(outcome, dict) else None
