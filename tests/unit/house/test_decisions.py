"""Decisions are numbered without gaps, keep one form, and those that the code cites exist."""

import re
from pathlib import Path

import pytest

from tests.unit.house.sources import ROOT, read_text_files

PAGES = sorted((ROOT / "docs/adr").glob("*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]


class TestDecisions:
    def test_numbers_have_no_gaps(self) -> None:
        assert [page.name[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
    def test_each_has_a_title_a_status_and_the_four_parts(self, page: Path) -> None:
        text = page.read_text()

        assert re.match(rf"# {page.name[:4]} \S.+\n\nStatus: \w+ · \d{{4}}-\d\d-\d\d\n", text)
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS

    def test_every_cited_decision_exists(self) -> None:
        cited = {
            number
            for source in read_text_files()
            for number in re.findall(r"(?:\bADRs? |docs/adr/)(\d{4})\b", source.text)
        }

        assert cited - {page.name[:4] for page in PAGES} == set()
