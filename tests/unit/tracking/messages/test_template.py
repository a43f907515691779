"""The language of templates: what is a tag, what is text, and what is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.errors import InvalidInputError
from tracking.messages.template import (
    MAX_TEMPLATE_CHARS,
    PlainUrl,
    Tag,
    Text,
    list_tags,
    parse_template,
    render_template,
    track_plain_urls,
)

ALPHABET = st.text(st.sampled_from("{}\\ .a_z\n"), min_size=1, max_size=60)


def keep(url: str) -> str:
    return url


class TestTags:
    @pytest.mark.feature("LS9", "TR5")
    def test_tags_and_text_alternate_in_their_order(self) -> None:
        assert parse_template("Hi {{ creator.name }}: {{links.summer_sale}}!\n{{\n opt_out\t}}") == [
            Text("Hi "),
            Tag("creator.name", "1:4"),
            Text(": "),
            Tag("links.summer_sale", "1:24"),
            Text("!\n"),
            Tag("opt_out", "2:1"),
        ]

    def test_a_tag_is_listed_once_where_it_stands_first(self) -> None:
        assert list_tags(parse_template("{{ a }}{{ b }}{{ a }}")) == {"a": Tag("a", "1:1"), "b": Tag("b", "1:8")}

    @pytest.mark.parametrize("text", ["{", "}", "}}", "a } b", "{ {", "\\", "\\n", "%s %(a)s {0} ${x}"])
    def test_braces_and_backslashes_that_make_no_tag_are_text(self, text: str) -> None:
        assert parse_template(text) == [Text(text)]

    def test_escaped_braces_are_text(self) -> None:
        assert parse_template(r"a \{{ b }} c") == [Text("a {{ b }} c")]

    def test_a_backslash_before_a_tag_is_written_twice(self) -> None:
        assert parse_template(r"\\{{ a }}") == [Text("\\"), Tag("a", "1:3")]


class TestRefusals:
    @pytest.mark.parametrize(
        "inside",
        [
            "",
            "__class__",
            "creator.__class__.__mro__",
            "creator.name.upper",
            "creator['name']",
            "creator.name | safe",
            "7 * 7",
            "Links.Sale",
            "ﬁ",
            "a b",
            "{ a",
            "a" * 300 + "!",
        ],
    )
    def test_what_is_no_name_is_refused_with_its_place(self, inside: str) -> None:
        with pytest.raises(InvalidInputError, match="at 2:3 is not a merge tag") as refusal:
            parse_template(f"one\na {{{{ {inside} }}}}")
        assert refusal.value.path == ("template",)
        assert len(refusal.value.message) < 120

    def test_nested_tags_are_refused(self) -> None:
        with pytest.raises(InvalidInputError, match="at 1:1 is not a merge tag"):
            parse_template("{{ {{ a }} }}")

    def test_a_tag_that_is_never_closed_is_refused_with_its_place(self) -> None:
        with pytest.raises(InvalidInputError, match="opens at 3:2 is never closed"):
            parse_template("a\n\n {{ b }")

    @pytest.mark.parametrize("template", ["", "{{" * 500_000, "a" * 1_000_000, "a" * (MAX_TEMPLATE_CHARS + 1)])
    def test_an_empty_or_endless_template_is_refused(self, template: str) -> None:
        with pytest.raises(InvalidInputError, match=f"1 to {MAX_TEMPLATE_CHARS} characters"):
            parse_template(template)

    @pytest.mark.parametrize("template", ["a\0", "a\x1b[0m", "\ud800"])
    def test_what_cannot_be_stored_is_refused(self, template: str) -> None:
        with pytest.raises(InvalidInputError, match="control character"):
            parse_template(template)


class TestRendering:
    @given(st.text(max_size=50), st.text(max_size=50))
    def test_what_is_put_in_is_never_read_again(self, name: str, link: str) -> None:
        pieces = parse_template("{{ contact.name }}-{{ links.a }}")

        assert render_template(pieces, {"contact.name": name, "links.a": link}) == f"{name}-{link}"

    def test_a_name_that_looks_like_a_tag_stays_a_name(self) -> None:
        pieces = parse_template("Hi {{ contact.name }}")

        assert render_template(pieces, {"contact.name": "{{ opt_out }}", "opt_out": "x"}) == "Hi {{ opt_out }}"

    def test_values_are_escaped_in_html_and_the_text_around_them_is_not(self) -> None:
        pieces = parse_template("<b>{{ contact.name }}</b>")

        assert render_template(pieces, {"contact.name": '<i>&"'}, is_html=True) == "<b>&lt;i&gt;&amp;&quot;</b>"

    @given(ALPHABET)
    def test_any_text_is_refused_or_comes_back_with_its_escapes_resolved(self, template: str) -> None:
        try:
            pieces = parse_template(template)
        except InvalidInputError:
            return
        names = list_tags(pieces)
        rendered = render_template(pieces, dict.fromkeys(names, ""))
        assert len(rendered) <= len(template)
        if "{{" not in template:
            assert rendered == template

    @given(ALPHABET)
    def test_text_with_its_braces_escaped_is_rendered_as_it_was(self, text: str) -> None:
        escaped = text.replace("{{", r"\{{")
        if "\\" not in text:
            assert render_template(parse_template(escaped), {}) == text


@pytest.mark.feature("TR1")
class TestTrackedUrls:
    def test_each_address_gets_a_tag_and_the_same_one_the_same(self) -> None:
        pieces = parse_template("https://a.example/x, https://b.example https://a.example/x!")

        assert track_plain_urls(pieces, keep) == [
            PlainUrl("url_1", "https://a.example/x"),
            Text(", "),
            PlainUrl("url_2", "https://b.example"),
            Text(" "),
            PlainUrl("url_1", "https://a.example/x"),
            Text("!"),
        ]

    def test_an_address_that_a_tag_completes_is_left_alone(self) -> None:
        pieces = parse_template("https://a.example/{{ contact.name }} https://b.example {{ opt_out }}")

        assert track_plain_urls(pieces, keep) == [
            Text("https://a.example/"),
            Tag("contact.name", "1:19"),
            Text(" "),
            PlainUrl("url_1", "https://b.example"),
            Text(" "),
            Tag("opt_out", "1:56"),
        ]

    def test_an_address_that_cannot_be_tracked_is_left_alone(self) -> None:
        pieces = parse_template("see https://go.brand.example/abc")

        assert track_plain_urls(pieces, lambda _: None) == pieces

    def test_addresses_in_html_are_read_as_browsers_do(self) -> None:
        pieces = parse_template('<a href="https://a.example/?a=1&amp;b=2">go</a>')

        assert track_plain_urls(pieces, keep, is_html=True)[1] == PlainUrl("url_1", "https://a.example/?a=1&b=2")

    @pytest.mark.parametrize(
        "template",
        [
            '<!DOCTYPE html PUBLIC "-//W3C" "http://www.w3.org/TR/xhtml1/DTD/xhtml1.dtd">',
            '<html xmlns="http://www.w3.org/1999/xhtml">',
            '<img alt="" src="https://a.example/x.png">',
            "<td background='https://a.example/x.png'>",
            '<link href="https://a.example/x.css">',
            '<a data-x="https://a.example/x" name="{{ contact.name }}">',
            "<style>@import url(https://a.example/x.css);</style>",
            "<!-- https://a.example/x -->",
        ],
    )
    def test_what_a_mail_program_fetches_by_itself_is_no_link(self, template: str) -> None:
        pieces = parse_template(template)

        assert "".join(piece.text for piece in track_plain_urls(pieces, keep, is_html=True) if isinstance(piece, Text))
        assert not [piece for piece in track_plain_urls(pieces, keep, is_html=True) if isinstance(piece, PlainUrl)]

    @pytest.mark.parametrize(
        "template",
        [
            "<A class='{{ creator.handle }}' HREF='https://a.example/x'>go</A>",
            "<a href=https://a.example/x>go</a>",
            "<p>see https://a.example/x</p>",
            "<style>p {}</style> 1 < 2: https://a.example/x",
        ],
    )
    def test_what_a_reader_follows_is_a_link(self, template: str) -> None:
        found = track_plain_urls(parse_template(template), keep, is_html=True)

        assert [piece for piece in found if isinstance(piece, PlainUrl)] == [PlainUrl("url_1", "https://a.example/x")]
