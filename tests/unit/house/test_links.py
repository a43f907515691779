"""Whoever follows a link from page to page arrives: at a file that is there, and at a heading that it has."""

import re

import pytest

from tests.unit.house.sources import ROOT, Source, read_text_files

PAGES = [source for source in read_text_files() if source.path.endswith(".md")]
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")


def list_broken_links(page: Source) -> list[str]:
    targets: list[str] = LINK.findall(CODE.sub("", page.text))
    return [target for target in targets if not ELSEWHERE.match(target) and not _leads_somewhere(page, target)]


def _leads_somewhere(page: Source, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = (ROOT / page.path).parent / name if name else ROOT / page.path
    if not path.exists():
        return False
    return not anchor or (path.suffix == ".md" and anchor in _list_anchors(path.read_text()))


def _list_anchors(text: str) -> list[str]:
    """As GitHub makes them of headings: lower case, without punctuation, with hyphens between words."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_link_leads_to_a_file_and_a_heading(page: Source) -> None:
    assert list_broken_links(page) == []


@pytest.mark.parametrize("target", ["nowhere.md", "scale.md#no-such-heading", "#no-such-heading", "../docs/nowhere/"])
def test_a_link_that_leads_nowhere_is_found(target: str) -> None:
    page = Source("docs/page.md", f"# Page\n\n[this](scale.md), [that](scale.md#several-redis), [it]({target})\n")

    assert list_broken_links(page) == [target]


def test_pages_are_found_in_every_folder() -> None:
    assert {"README.md", "docs/operations/backups.md", "docs/adr/0001-record-decisions.md"} <= {p.path for p in PAGES}
