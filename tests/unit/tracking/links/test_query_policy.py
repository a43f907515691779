"""Whose parameters a visitor arrives with: the link's, the visitor's, or both."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.links.query_policy import MAX_VISITOR_QUERY_BYTES, QueryPolicy, add_visitor_query
from tracking.links.rules import prepare_destination

POLICIES = st.sampled_from(QueryPolicy)
QUERIES = st.binary(max_size=200) | st.lists(
    st.tuples(st.sampled_from(["utm_source", "v", "creator", "ct", "c%74", "x y", "é"]), st.text(max_size=5)),
    max_size=6,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass"))


def arrive(
    query: bytes, policy: QueryPolicy, destination: str = "https://shop.example/sale?v=1&utm_source=us#top"
) -> str:
    """Where a visitor with this query arrives; the click id is `ID`."""
    prepared = add_visitor_query(prepare_destination(destination, "creator", "member 7"), query, policy, "creator")
    return (prepared.head + prepared.ending + b"ID" + prepared.tail).decode()


@pytest.mark.feature("LO5", "LS13")
class TestPolicies:
    @pytest.mark.parametrize(
        ("policy", "own_and_theirs"),
        [
            (QueryPolicy.IGNORE, "v=1&utm_source=us"),
            (QueryPolicy.KEEP, "v=1&utm_source=us&x=2"),
            (QueryPolicy.OVERWRITE, "v=1&utm_source=them&x=2"),
            (QueryPolicy.APPEND, "v=1&utm_source=us&utm_source=them&x=2"),
        ],
    )
    def test_each_says_who_wins(self, policy: QueryPolicy, own_and_theirs: str) -> None:
        arrived = arrive(b"utm_source=them&x=2", policy)
        assert arrived == f"https://shop.example/sale?{own_and_theirs}&creator=member%207&ct=ID#top"

    def test_a_destination_without_a_query_gets_one(self) -> None:
        arrived = arrive(b"x=2", QueryPolicy.KEEP, "https://shop.example/sale#top")
        assert arrived == "https://shop.example/sale?x=2&creator=member%207&ct=ID#top"

    def test_names_are_compared_as_the_destination_reads_them(self) -> None:
        arrived = arrive(b"utm%5Fsource=them", QueryPolicy.KEEP)
        assert arrived == "https://shop.example/sale?v=1&utm_source=us&creator=member%207&ct=ID#top"

    def test_what_is_percent_encoded_stays_as_it_was_sent(self) -> None:
        assert "?v=1&utm_source=us&x=%2f%0d%0A+%C3%A9&" in arrive(b"x=%2f%0d%0A+%C3%A9", QueryPolicy.KEEP)

    def test_a_query_that_is_too_long_is_cut_between_parameters(self) -> None:
        query = b"a=1&b=" + b"x" * MAX_VISITOR_QUERY_BYTES
        assert arrive(query, QueryPolicy.APPEND, "https://shop.example/") == (
            "https://shop.example/?a=1&creator=member%207&ct=ID"
        )


@pytest.mark.feature("LO5", "LS13")
class TestAnyQuery:
    @given(QUERIES, POLICIES)
    def test_nobody_can_bring_a_creator_or_a_click_id(self, query: bytes, policy: QueryPolicy) -> None:
        pairs = parse_qsl(urlsplit(arrive(query, policy)).query, keep_blank_values=True)
        assert [value for name, value in pairs if name == "creator"] == ["member 7"]
        assert [value for name, value in pairs if name == "ct"] == ["ID"]
        assert pairs[-2:] == [("creator", "member 7"), ("ct", "ID")]

    @given(QUERIES, POLICIES)
    def test_the_location_is_one_line_to_the_same_page(self, query: bytes, policy: QueryPolicy) -> None:
        arrived = arrive(query, policy)
        assert re.fullmatch(r"[\x21-\x7e]+", arrived)
        parts = urlsplit(arrived)
        assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "shop.example", "/sale", "top")

    @given(QUERIES)
    def test_where_the_links_own_win_they_all_stay(self, query: bytes) -> None:
        for policy in (QueryPolicy.KEEP, QueryPolicy.APPEND):
            assert arrive(query, policy).startswith("https://shop.example/sale?v=1&utm_source=us&")

    @given(QUERIES)
    def test_ignoring_is_as_if_nothing_was_brought(self, query: bytes) -> None:
        assert arrive(query, QueryPolicy.IGNORE) == arrive(b"", QueryPolicy.APPEND)
