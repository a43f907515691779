"""Whatever stands in a row of a ledger file: it is a report, or says what is wrong with which of its columns."""

from hypothesis import given
from hypothesis import strategies as st

from tracking.conversions.event import MAX_KEY_CHARS, ConversionEvent
from tracking.conversions.kinds import Proof, Source
from tracking.imports.models import ImportKind
from tracking.imports.rules import COLUMNS
from tracking.imports.writers.conversion_references import ConversionReferences, NamedOffer, split_url
from tracking.imports.writers.conversions import read_row

NAMES = COLUMNS[ImportKind.CONVERSIONS]
REFERENCES = ConversionReferences({"https://go.brand.example/ann": 7}, {"rain": NamedOffer(3, "JPY")})
CLICK_ID = b"a click's own id"
LIKELY = [
    *("", "sale", "refund", "void", "A1", "12.50", "1e5", "-1", "0.001", "JPY", "eur", "token", "rain", "ANN10"),
    *("https://go.brand.example/ann", "2026-03-01T12:00:00Z", "1767225600", "99999999999", "9" * 200),
]
ROWS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(LIKELY) | st.text(max_size=150))


def read_click_id(token: str) -> bytes | None:
    return CLICK_ID if token == "token" else None


@given(ROWS)
def test_a_row_is_a_report_or_has_problems_in_columns_of_its_own(row: dict[str, str]) -> None:
    read = read_row(row, 1, REFERENCES, read_click_id)

    if isinstance(read, ConversionEvent):
        assert (read.source, read.proof, read.account_id) == (Source.IMPORT, Proof.API_KEY, 1)
        assert read.order_key
        assert len(read.txn_id) <= MAX_KEY_CHARS
        assert set(read.click_ids) <= {CLICK_ID}
    else:
        assert {problem.column for problem in read.problems} <= set(NAMES)
        assert read.problems
        assert all(problem.message for problem in read.problems)


@given(st.text() | st.from_regex(r"(https?://)?\[?[a-z.:]*\]?(:\d+)?/[\w~/%]*"))
def test_any_text_is_the_address_of_a_link_or_is_not(url: str) -> None:
    address = split_url(url)

    assert address is None or all(address)
