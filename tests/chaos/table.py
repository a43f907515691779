"""The tables of the chaos tests, printed after them; `./dev chaos` also writes them to docs/reliability.md.

Whatever fits no row of trials says what it did and found by `record_property(FOUND, [number, scenario, done, found])`.
"""

from typing import Final

import pytest

from tests.documenting import Block, describe_run, document, write_table

PROPERTY: Final = "chaos"
FOUND: Final = "chaos_found"
SOAKED: Final = "chaos_soaked"
SOAK_MINUTES: Final = 30.0
MACHINE: Final = pytest.StashKey[list[str]]()


BLOCKS: Final = {
    PROPERTY: Block(
        "./dev chaos",
        (
            "F",
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
        ),  # of what Outcome.describe gives
    ),
    FOUND: Block("./dev chaos beside its trials", ("F", "scenario", "what was done", "what was found")),
    SOAKED: Block("./dev chaos --long", ("minute", "program", "memory MiB", "files", "stream", "spool KiB")),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--at-length", action="store_true", help="every chaos test, longer and at a higher rate")
    parser.addoption("--long", action="store_true", help="that, and the soak")
    parser.addoption("--soak-minutes", type=float, default=SOAK_MINUTES, help="how long the soak is")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "at_length: left to ./dev chaos")
    config.addinivalue_line("markers", "soak: left to ./dev chaos --long")
    if is_at_length(config):  # before the run, which may take until somebody has edited a file
        config.stash[MACHINE] = describe_run()


def is_at_length(config: pytest.Config) -> bool:
    return bool(config.getoption("--at-length") or config.getoption("--long"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = set()
    if not is_at_length(config):
        left_out.add("at_length")
    if not config.getoption("--long"):
        left_out.add("soak")
    left = [item for item in items if any(item.get_closest_marker(mark) for mark in left_out)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    found: dict[str, list[list[str]]] = {name: [] for name in BLOCKS}
    for report in reports:
        for name, value in report.user_properties:
            if name in found and isinstance(report, pytest.TestReport):
                found[name] += value if name == SOAKED else [value]
    for name, rows in found.items():
        if rows:
            lines = write_table(BLOCKS[name].headings, rows)
            terminalreporter.section(BLOCKS[name].written_by)
            for line in lines:
                terminalreporter.write_line(line)
            if is_whole(config) or (name == SOAKED and config.getoption("--soak-minutes") >= SOAK_MINUTES):
                document(BLOCKS[name], [*config.stash[MACHINE], "", *lines])


def is_whole(config: pytest.Config) -> bool:
    """A part of the scenarios is printed, and replaces nothing."""
    chosen = config.option.keyword or config.option.markexpr or config.option.maxfail
    return is_at_length(config) and config.args == ["tests/chaos"] and not chosen
