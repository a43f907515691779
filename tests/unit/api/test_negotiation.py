import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.negotiation import GRAPHQL_RESPONSE, JSON, accepts_html, choose_media_type, is_json

OURS = {GRAPHQL_RESPONSE, JSON, None}


class TestAccept:
    @given(st.text())
    def test_any_header_is_read(self, header: str) -> None:
        assert choose_media_type(header) in OURS
        assert accepts_html(header) in {True, False}
        assert is_json(header) in {True, False}

    @pytest.mark.parametrize(
        ("header", "chosen"),
        [
            ("application/*;q=0.3, application/json;q=0.2", GRAPHQL_RESPONSE),
            ("*/*, application/json;q=0", GRAPHQL_RESPONSE),
            ("text/html, application/json;q=0.1", JSON),
            ("application/json;q=1.5", None),
            (" , ", None),
            ("", GRAPHQL_RESPONSE),
        ],
    )
    def test_the_most_exact_range_decides_about_a_type(self, header: str, chosen: str | None) -> None:
        assert choose_media_type(header) == chosen

    @pytest.mark.parametrize(
        ("header", "answer"),
        [("text/html", True), ("a/b, text/html;q=0.1", True), ("text/html;q=0", False), ("*/*", False), (None, False)],
    )
    def test_a_page_is_for_who_names_it(self, header: str | None, answer: bool) -> None:
        assert accepts_html(header) is answer
