"""The page that `./dev chaos` writes to: it has a place for each table, and a row for each kind of failure."""

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.chaos.scenarios import SCENARIOS
from tests.chaos.table import BLOCKS, is_whole
from tests.documenting import PAGE, replace_block, write_table


@pytest.mark.parametrize("block", BLOCKS.values(), ids=lambda block: block.written_by)
def test_a_table_takes_the_place_of_the_older_one_and_of_nothing_else(block: Any) -> None:
    page = PAGE.read_text()
    lines = write_table(block.headings, [["new"] * len(block.headings)])

    written = replace_block(page, block, lines)

    assert written.split(block.start)[0] == page.split(block.start)[0]
    assert written.split(block.end)[1] == page.split(block.end)[1]
    assert written.split(block.start)[1].split(block.end)[0] == "\n" + "\n".join(lines) + "\n"
    assert replace_block(written, block, lines) == written


def test_every_kind_of_failure_has_its_row_and_every_scenario_its_kind() -> None:
    rows = re.findall(r"^\| (F\d+) \|", PAGE.read_text().partition("## What it found")[0], re.MULTILINE)
    told = {number for scenario in SCENARIOS for number in scenario.number.split(", ")}

    assert rows == [f"F{number}" for number in range(1, 21)]
    assert told - {"-"} <= set(rows)


@pytest.mark.parametrize(
    ("arguments", "keyword", "writes"),
    [(["tests/chaos"], "", True), (["tests/chaos"], "Valkey", False), (["tests/chaos/test_soak.py"], "", False)],
    ids=["everything", "by-name", "a-file"],
)
def test_a_part_of_the_scenarios_replaces_no_table(arguments: list[str], keyword: str, *, writes: bool) -> None:
    option = SimpleNamespace(keyword=keyword, markexpr="", maxfail=0)
    asked = SimpleNamespace(args=arguments, option=option, getoption=lambda name: name == "--at-length")

    assert is_whole(cast("pytest.Config", asked)) is writes
