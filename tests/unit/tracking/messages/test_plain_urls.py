"""What counts as a web address in running text, and where it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.messages.plain_urls import MAX_URL_CHARS, find_plain_urls


def find(text: str) -> list[str]:
    return [text[url.start : url.end] for url in find_plain_urls(text)]


@pytest.mark.feature("TR1")
class TestPlainUrls:
    @pytest.mark.parametrize(
        ("text", "urls"),
        [
            ("Go to https://a.example.", ["https://a.example"]),
            ("https://a.example/x?y=1#z, now!", ["https://a.example/x?y=1#z"]),
            ("(see https://a.example/b)", ["https://a.example/b"]),
            ("https://a.example/b_(c)", ["https://a.example/b_(c)"]),
            ("[https://a.example/[b]]", ["https://a.example/[b]"]),
            ("**https://a.example**", ["https://a.example"]),
            ('<a href="https://a.example/">x</a>', ["https://a.example/"]),
            ("HTTPS://A.example", ["HTTPS://A.example"]),
            ("http://a.example\nhttp://b.example", ["http://a.example", "http://b.example"]),
            ("見て https://例え.example/店。", ["https://例え.example/店"]),
            ("“https://a.example”", ["https://a.example"]),
        ],
    )
    def test_an_address_ends_where_a_reader_would_end_it(self, text: str, urls: list[str]) -> None:
        assert find(text) == urls

    @pytest.mark.parametrize(
        "text",
        [
            "mailto:ada@a.example",
            "ada@a.example",
            "a.example/x",
            "www.a.example",
            "ftp://a.example",
            "javascript:alert(1)",
            "https://",
            "view-sourcehttps://a.example",
            "git+https://a.example",
        ],
    )
    def test_what_is_no_web_address_is_left_alone(self, text: str) -> None:
        assert find(text) == []

    def test_an_address_too_long_to_store_is_left_alone(self) -> None:
        longest = "https://a.example/".ljust(MAX_URL_CHARS, "x")

        assert find(longest) == [longest]
        assert find(f"{longest}x") == []

    @given(st.text(st.sampled_from('https://a.)]([,\n "x'), max_size=200))
    def test_what_is_found_stands_in_the_text_in_order_and_never_overlaps(self, text: str) -> None:
        end = 0
        for url in find_plain_urls(text):
            assert url.start >= end
            assert text[url.start : url.end].lower().startswith(("http:/", "https:"))
            end = url.end

    def test_a_million_brackets_take_no_time(self) -> None:
        assert find("https://a.example/" + ")" * 1_000_000) == ["https://a.example/"]
