"""Slugs, placements and hosts: what a link may look like."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.errors import InvalidInputError
from tracking.links.rules import (
    RESERVED_SLUGS,
    SLUG_ALPHABET,
    check_parameter_name,
    check_readable_slug,
    check_slug_template,
    fill_slug_template,
    is_slug,
    make_slug,
    make_slugs,
    normalise_host,
    number_slug,
    propose_slugs,
    split_placement,
)


class TestSlugs:
    @pytest.mark.feature("LO1")
    def test_a_random_slug_has_seven_characters_that_nobody_confuses(self) -> None:
        slugs = {make_slug() for _ in range(1_000)}
        assert len(slugs) == 1_000
        assert {len(slug) for slug in slugs} == {7}
        assert set().union(*slugs) <= set(SLUG_ALPHABET)
        assert not set("01ijloIJO") & set(SLUG_ALPHABET)
        assert all(is_slug(slug) for slug in slugs)

    @pytest.mark.feature("TR4")
    @pytest.mark.parametrize("count", [0, 1, 3, 2_000])
    def test_many_are_as_many_different_ones(self, count: int) -> None:
        slugs = make_slugs(count)
        assert len(slugs) == len(set(slugs)) == count
        assert {len(slug) for slug in slugs} <= {7}

    def test_every_letter_is_as_likely_as_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        every_byte_seven_times = bytes(range(256)) * 7
        monkeypatch.setattr("tracking.links.rules.secrets.token_bytes", lambda _: every_byte_seven_times)
        drawn = Counter("".join(make_slugs(212)))
        assert drawn == dict.fromkeys(SLUG_ALPHABET, 28)

    @pytest.mark.parametrize("text", ["", "-a", "a-", "_", "a.b", "a/b", "ä", "a b", "a\n", "a" * 101, "%41", "٣"])
    def test_other_shapes_are_no_slugs(self, text: str) -> None:
        assert not is_slug(text)

    @pytest.mark.parametrize("word", sorted(RESERVED_SLUGS))
    def test_reserved_words_cannot_be_chosen_in_any_case(self, word: str) -> None:
        with pytest.raises(InvalidInputError, match="reserved"):
            check_readable_slug(word.upper())

    def test_a_chosen_slug_is_stored_in_lower_case(self) -> None:
        assert check_readable_slug("Summer-Sale") == "summer-sale"
        with pytest.raises(InvalidInputError):
            check_readable_slug("summer sale")


class TestTemplates:
    @pytest.mark.feature("CU10")
    @pytest.mark.parametrize(
        ("template", "slug"),
        [
            ("{creator}", "zoe-muller"),
            ("{campaign}-{creator}", "spring-26-zoe-muller"),
            ("Go-{creator}", "go-zoe-muller"),
        ],
    )
    def test_a_template_makes_a_readable_slug(self, template: str, slug: str) -> None:
        names = {"creator": "Zoë Müller!", "campaign": "Spring '26"}
        assert fill_slug_template(check_slug_template(template), names) == slug

    def test_a_name_without_latin_letters_takes_a_random_slug(self) -> None:
        assert fill_slug_template("{creator}", {"creator": "小红书"}) is None
        assert fill_slug_template("x-{creator}", {"creator": "小红书"}) is None

    def test_a_creator_called_like_a_reserved_word_gets_a_number(self) -> None:
        assert fill_slug_template("{creator}", {"creator": "Admin"}) == "admin-2"
        assert number_slug("anna", 3) == "anna-3"

    @pytest.mark.feature("CU10")
    def test_there_is_always_another_slug_to_try_readable_for_long_and_random_in_the_end(self) -> None:
        proposed = list(itertools.islice(propose_slugs("anna"), 60))

        assert [each.slug for each in proposed[:4]] == ["anna", "anna-2", "anna-3", "anna-4"]
        assert [each.is_readable for each in proposed] == [True] * 40 + [False] * 20
        assert all(is_slug(each.slug) for each in proposed)
        assert len({each.slug for each in proposed[:20]}) == 20
        assert not any(each.is_readable for each in itertools.islice(propose_slugs(None), 5))

    @pytest.mark.parametrize("template", ["", "{campaign}", "{handle}", "{creator", "a/{creator}", "{creator!r}"])
    def test_other_templates_are_refused(self, template: str) -> None:
        with pytest.raises(InvalidInputError):
            check_slug_template(template)

    @given(st.text(), st.text())
    def test_whatever_the_names_are_the_slug_is_one(self, creator: str, campaign: str) -> None:
        slug = fill_slug_template("{campaign}-{creator}", {"creator": creator, "campaign": campaign})
        assert slug is None or (is_slug(number_slug(slug, 999_999)) and slug == check_readable_slug(slug))


class TestPlacements:
    @pytest.mark.parametrize(
        ("segment", "parts"),
        [
            ("abc", ("abc", "")),
            ("abc~bio", ("abc", "bio")),
            ("abc~story_2.b-1", ("abc", "story_2.b-1")),
            ("abc~", ("abc", "")),
            ("abc~a~b", ("abc", "")),
            ("abc~" + "x" * 65, ("abc", "")),
            ("abc~é", ("abc", "")),
            ("~bio", ("", "bio")),
        ],
    )
    def test_a_placement_is_split_off(self, segment: str, parts: tuple[str, str]) -> None:
        assert split_placement(segment) == parts


class TestHosts:
    @pytest.mark.feature("TR2")
    @pytest.mark.parametrize(
        ("raw", "host"),
        [
            ("Go.Brand.COM", "go.brand.com"),
            ("go.brand.com.", "go.brand.com"),
            ("go.brand.com:8080", "go.brand.com"),
            ("go.brand.com.:443", "go.brand.com"),
            ("münchen.de:80", "xn--mnchen-3ya.de"),
            ("demo.localhost", "demo.localhost"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[::1]:8080", "[::1]"),
        ],
    )
    def test_hosts_are_compared_in_one_form(self, raw: str, host: str) -> None:
        assert normalise_host(raw) == host

    @pytest.mark.parametrize(
        "raw",
        ["", ".", ":80", "a..b", "a b", "user@a.com", "a.com/x", "a.com:80:80", "-a.com", "a" * 64, "a\x00", "\ud800"],
    )
    def test_what_is_no_host_is_none(self, raw: str) -> None:
        assert normalise_host(raw) is None


class TestParameterNames:
    def test_a_parameter_may_be_called_as_the_brand_likes(self) -> None:
        assert check_parameter_name("mvkReferringMemberId") == "mvkReferringMemberId"

    @pytest.mark.parametrize("name", ["", "ct", "a b", "a=b", "a&b", "ä", "x" * 65])
    def test_other_parameter_names_are_refused(self, name: str) -> None:
        with pytest.raises(InvalidInputError):
            check_parameter_name(name)
