"""Puts the tables of a run into its page of docs/, so that nobody copies figures by hand."""

from pathlib import Path

from bench.figures import Outcome
from bench.programs import BenchError
from creatrail.embedded.folders import PROJECT

DOCUMENTS = PROJECT / "docs"


def document(outcome: Outcome, machine: dict[str, str], path: Path | None = None) -> None:
    """Replace what stands between the marks of this bench. Raises BenchError where there are none."""
    path = path or DOCUMENTS / outcome.page
    begin, end = f"<!-- begin {outcome.bench} -->", f"<!-- end {outcome.bench} -->"
    before, has_begin, rest = path.read_text().partition(begin)
    _, has_end, after = rest.partition(end)
    if not has_begin or not has_end:
        raise BenchError(f"{path.name} has no place for {outcome.bench}: {begin} … {end}")
    described = "  \n".join(f"{name}: {value}" for name, value in machine.items())
    path.write_text(f"{before}{begin}\n\n{outcome.format()}\n\n{described}\n\n{end}{after}")
