"""Texts of pages that visitors meet: checked field by field, stored and read back as they were (TR12)."""

import pytest

from tracking.errors import InvalidInputError
from tracking.interstitials.rules import (
    Branding,
    Interstitial,
    check_branding,
    check_interstitial,
    describe_branding,
    describe_interstitial,
    read_branding,
    read_interstitial,
    write_texts,
)

TEXTS = Interstitial("Almost there", "Shoes in all sizes", "To the shop")
FULL = TEXTS._replace(
    preview_title="Shoes", preview_description="All sizes", preview_image_url="https://cdn.example/shoes.png"
)
BRAND = Branding("Acme", "https://acme.example/", "Nothing here", "No longer here")


@pytest.mark.feature("TR12")
class TestInterstitial:
    def test_blanks_around_texts_are_dropped(self) -> None:
        given = Interstitial("  Almost there ", " Shoes in all sizes", "To the shop\n")
        assert check_interstitial(given) == TEXTS

    def test_a_description_may_be_empty(self) -> None:
        assert check_interstitial(TEXTS._replace(description="")).description == ""

    @pytest.mark.parametrize("text", ["<script>alert(1)</script>", "5 > 3 & 2", "Schuhe für Ärzte", "👟", "$title"])
    def test_any_text_is_text(self, text: str) -> None:
        assert check_interstitial(TEXTS._replace(title=text)).title == text

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"title": " "}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"title": "a\x00b"}, "title"),
            ({"description": "x" * 1_001}, "description"),
            ({"call_to_action": ""}, "callToAction"),
            ({"call_to_action": "x" * 61}, "callToAction"),
            ({"preview_title": ""}, "previewTitle"),
            ({"preview_description": "x" * 1_001}, "previewDescription"),
            ({"preview_image_url": "http://cdn.example/shoes.png"}, "previewImageUrl"),
            ({"preview_image_url": "javascript:alert(1)"}, "previewImageUrl"),
            ({"preview_image_url": "data:image/png;base64,AAAA"}, "previewImageUrl"),
            ({"preview_image_url": "//cdn.example/shoes.png"}, "previewImageUrl"),
        ],
    )
    def test_what_breaks_a_rule_is_refused_by_field(self, changes: dict[str, str], path: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            check_interstitial(FULL._replace(**changes))
        assert refused.value.path == (path,)

    @pytest.mark.parametrize("texts", [TEXTS, FULL, None])
    def test_it_is_read_as_it_was_written(self, texts: Interstitial | None) -> None:
        assert read_interstitial(write_texts(texts)) == texts

    def test_history_names_what_is_set(self) -> None:
        assert describe_interstitial(TEXTS) == {
            "title": "Almost there",
            "description": "Shoes in all sizes",
            "callToAction": "To the shop",
        }
        assert describe_interstitial(None) is None


@pytest.mark.feature("TR12")
class TestBranding:
    def test_a_name_alone_is_enough(self) -> None:
        assert check_branding(Branding(" Acme ")) == Branding("Acme")
        assert check_branding(BRAND) == BRAND

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"home_url": "javascript:alert(1)"}, "homeUrl"),
            ({"home_url": "acme.example"}, "homeUrl"),
            ({"not_found_text": ""}, "notFoundText"),
            ({"gone_text": "x" * 501}, "goneText"),
        ],
    )
    def test_what_breaks_a_rule_is_refused_by_field(self, changes: dict[str, str], path: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            check_branding(BRAND._replace(**changes))
        assert refused.value.path == (path,)

    @pytest.mark.parametrize("branding", [BRAND, Branding("Acme"), None])
    def test_it_is_read_as_it_was_written(self, branding: Branding | None) -> None:
        assert read_branding(write_texts(branding)) == branding

    def test_history_names_what_is_set(self) -> None:
        assert describe_branding(Branding("Acme", gone_text="Over")) == {"name": "Acme", "goneText": "Over"}
        assert describe_branding(None) is None
