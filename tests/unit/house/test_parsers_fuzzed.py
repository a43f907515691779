"""Whoever reads what strangers send is fuzzed: each public parse_, read_ or decode_ of text is named in tests/fuzz, or
here with the reason why not.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from tests.unit.house.sources import Source, read_python_sources

DOORS: Final = ("tracking", "redirector", "api", "worker")
NAMES: Final = ("parse_", "read_", "decode_")
DEFINED: Final = re.compile(r"^ *def (?:parse|read|decode)_", re.MULTILINE)
TEXT: Final = frozenset(
    {"str", "bytes", "str | bytes", "str | None", "Sequence[str]", "Sequence[str] | None", "Mapping[str, str]"}
    | {"Mapping[bytes, bytes]", "Headers"}
)
OURS: Final = "it reads what we stored or wrote ourselves"
CHECKED: Final = "its text has been checked by whoever stored it, and what checks it is fuzzed"
REASONS: Final = {
    "api.http.decode_json": "read_json does it",
    "api.ids.read_ids": "a list of what read_id reads",
    "api.jobs.queries.read_job_key": "it hands its text to split_id, as decode_id does",
    "api.links.mutations.making.read_link": "it only puts together what was read",
    "api.pagination.read_page": "its cursors are decode_cursor's",
    "redirector.conversions.requests.read_query": "test_conversion_requests asks it over HTTP",
    "redirector.html_pages.frame.read_template": OURS,
    "tracking.bots.corrections.amounts.decode_amounts": OURS,
    "tracking.bots.corrections.rules.decode_wanted": OURS,
    "tracking.bots.hosting.countries.read_countries": "it opens Countries, which test_address_lists asks",
    "tracking.bots.policies.rules.decode_overrides": OURS,
    "tracking.clicks.ids.read_click_ms": OURS,
    "tracking.conversions.receipts.read_receipt": OURS,
    "tracking.erasure.showing.read_shown": OURS,
    "tracking.imports.rules.read_header": "test_bad_files sends it in files",
    "tracking.imports.writers.conversions.read_row": "test_conversion_rows sends it in files",
    "tracking.interstitials.rules.read_branding": OURS,
    "tracking.interstitials.rules.read_interstitial": OURS,
    "tracking.offers.events.read_events": OURS,
    "tracking.reports.audit_comparing.read_rollup": "it writes SQL from names of ours",
    "tracking.statements.rules.read_content": OURS,
    "tracking.stream_events.decode_event": "all decode_ of events call it",
    "worker.public_network.read_url": CHECKED,
}


def list_readers(sources: Iterable[Source]) -> Iterator[str]:
    """Those that take text, by their full names; what is given rows or values of ours is none."""
    for source in sources:
        if not DEFINED.search(source.text):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith(NAMES) and _takes_text(node):
                yield f"{source.module}.{node.name}"


def _takes_text(node: ast.FunctionDef) -> bool:
    given = [argument.annotation for argument in node.args.args]
    return any(annotation is not None and ast.unparse(annotation) in TEXT for annotation in given)


def find_not_fuzzed(readers: Iterable[str], fuzz: Iterable[Source]) -> list[str]:
    named = {
        node.attr if isinstance(node, ast.Attribute) else node.name if isinstance(node, ast.alias) else ""
        for source in fuzz
        for node in ast.walk(source.tree)
    }
    return [name for name in readers if name.rpartition(".")[2] not in named and name not in REASONS]


def test_whatever_reads_text_from_outside_is_fuzzed() -> None:
    sources = read_python_sources((*DOORS, "tests"))
    readers = list(list_readers(source for source in sources if source.package in DOORS))

    assert find_not_fuzzed(readers, [source for source in sources if source.path.startswith("tests/fuzz/")]) == []
    assert set(REASONS) - set(readers) == set()
    assert len(readers) >= 60


def test_a_reader_that_nobody_fuzzes_is_found() -> None:
    new = Source("tracking/new.py", "def read_stars(text: str) -> int: ...\ndef read_row(row: Any) -> int: ...\n")
    fuzz = Source("tests/fuzz/test_new.py", "from tracking.new import read_stars\n")

    assert find_not_fuzzed(list_readers([new]), []) == ["tracking.new.read_stars"]
    assert find_not_fuzzed(list_readers([new]), [fuzz]) == []
