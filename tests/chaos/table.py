"""The table of the chaos tests, printed after them; `./dev chaos` also writes it to docs/reliability.md."""

from collections.abc import Iterable
from typing import Final, cast

import pytest

from bench.machine import describe_machine
from creatrail.embedded.folders import PROJECT

PAGE: Final = PROJECT / "docs/reliability.md"
START: Final = "<!-- written by ./dev chaos -->"
END: Final = "<!-- end of what ./dev chaos writes -->"
PROPERTY: Final = "chaos"
HEADINGS: Final = (
    "scenario",
    "accepted",
    "crashes",
    "lost",
    "doubled",
    "extra",
    "mismatches",
    "sales",
    "wrong sales",
    "drain s",
    "p50 ms",
    "p99 ms",
    "max ms",
    "longest gap s",
)  # of what Outcome.describe gives


def write_table(rows: Iterable[list[str]]) -> list[str]:
    cells = [list(HEADINGS), *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def replace_table(page: str, lines: list[str]) -> str:
    before, rest = page.split(START)
    _, after = rest.split(END)
    machine = [f"- {name}: {value}" for name, value in describe_machine().items() if name != "load before"]
    return "\n".join([before + START, *machine, "", *lines, END + after])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="chaos tests of minutes, written to docs/reliability.md")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports: list[pytest.TestReport] = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get(
        "failed", []
    )
    found = (value for report in reports for name, value in report.user_properties if name == PROPERTY)
    rows = [cast("list[str]", value) for value in found]
    if not rows:
        return
    lines = write_table(rows)
    terminalreporter.section("chaos")
    for line in lines:
        terminalreporter.write_line(line)
    if config.getoption("--long"):
        PAGE.write_text(replace_table(PAGE.read_text(), lines))
