"""The page of an offer: nothing that a brand writes can become more than text, and apps find what to show (TR12)."""

import base64
import hashlib
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redirector.html_pages.continue_page import make_continue_page
from redirector.html_pages.interstitial import write_interstitial_page
from redirector.memory.entries import LinkEntry, Rules, Terms
from tests.unit.redirector.pages_read import PAYLOADS, Seen
from tests.unit.redirector.test_confirm_page import ACCOUNT, CT, make_scope
from tracking.interstitials.rules import Interstitial
from tracking.links.query_policy import QueryPolicy

TEXTS = Interstitial("Almost there", "Shoes in all sizes", "To the shop")
FULL = TEXTS._replace(
    preview_title="Shoes", preview_description="All sizes", preview_image_url="https://cdn.example/shoes.png"
)
pytestmark = pytest.mark.feature("TR12")


def write(texts: Interstitial) -> bytes:
    return write_interstitial_page(texts, "shop.example.com", "/abc/continue")


def fill(text: str) -> Interstitial:
    """The same text in all places."""
    return Interstitial(text, text, text, text, text, "https://cdn.example/" + text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_stays_text_wherever_it_stands(payload: str) -> None:
    plain, seen = Seen(write(FULL)), Seen(write(fill(payload)))
    assert seen.tags == plain.tags
    assert [set(attributes) for _, attributes in seen.elements] == [set(attributes) for _, attributes in plain.elements]
    assert seen.actions == ["/abc/continue"]
    assert [seen.preview["og:title"], seen.preview["og:description"]] == [payload, payload]
    assert "".join(seen.texts).count(payload) == 4  # title, heading, description, button


def test_a_page_that_forgets_to_escape_is_noticed() -> None:
    unescaped = unescape(write(fill(PAYLOADS[0])).decode()).encode()
    assert Seen(unescaped).tags != Seen(write(FULL)).tags


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1))
def test_whatever_the_texts_are_the_page_has_the_same_elements(text: str) -> None:
    seen = Seen(write(fill(text)))
    assert seen.tags == Seen(write(FULL)).tags
    assert seen.preview["og:title"] == text


def test_it_shows_the_texts_the_host_and_one_button() -> None:
    seen = Seen(write(TEXTS))
    text = " ".join("".join(seen.texts).split())
    assert text.endswith("Almost there Shoes in all sizes To the shop shop.example.com")
    assert seen.tags.count("form") == seen.tags.count("button") == seen.tags.count("h1") == 1
    assert not {"script", "a", "img", "iframe", "input"} & set(seen.tags)


def test_without_a_description_nothing_stands_there() -> None:
    assert Seen(write(TEXTS._replace(description=""))).tags.count("p") == Seen(write(TEXTS)).tags.count("p") - 1


def test_apps_are_shown_the_texts_where_nothing_is_said_for_them() -> None:
    assert Seen(write(TEXTS)).preview == {
        "viewport": "width=device-width, initial-scale=1",
        "robots": "noindex",
        "color-scheme": "light dark",
        "description": "Shoes in all sizes",
        "og:type": "website",
        "og:title": "Almost there",
        "og:description": "Shoes in all sizes",
        "twitter:card": "summary",
        "twitter:title": "Almost there",
        "twitter:description": "Shoes in all sizes",
    }


def test_apps_are_shown_what_is_said_for_them() -> None:
    preview = Seen(write(FULL)).preview
    assert preview["og:title"] == preview["twitter:title"] == "Shoes"
    assert preview["og:description"] == preview["twitter:description"] == "All sizes"
    assert preview["og:image"] == preview["twitter:image"] == "https://cdn.example/shoes.png"
    assert preview["twitter:card"] == "summary_large_image"


class TestTheAnswer:
    def make(self, texts: Interstitial = FULL, query_policy: QueryPolicy = QueryPolicy.IGNORE) -> LinkEntry:
        terms = Terms(
            False, False, None, None, None, None, 8, None, Rules(query_policy=query_policy, interstitial=texts)
        )
        return LinkEntry(7, ACCOUNT, b"https://shop.example.com/", b"?ct=", b"", None, None, terms)

    def test_its_policy_allows_its_style_and_nothing_else(self) -> None:
        entry = self.make()
        page = make_continue_page(make_scope("/abc"), entry, entry, CT, None)
        (style,) = re.findall(rb"<style>(.*)</style>", page.body["body"], re.DOTALL)
        allowed = base64.b64encode(hashlib.sha256(style).digest()).decode()
        headers = dict(page.start["headers"])
        assert headers[b"content-security-policy"].decode() == (
            f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"cache-control"] == b"no-store, private"
        assert headers[b"x-frame-options"] == b"DENY"

    def test_continue_is_the_links_own_address_with_the_click_id_and_the_visitors_query(self) -> None:
        entry = self.make(query_policy=QueryPolicy.KEEP)
        page = make_continue_page(make_scope("/abc~story", b"a=1"), entry, entry, CT, b"ctv=1")
        assert Seen(page.body["body"]).actions == [f"/abc/continue/{CT.decode()}?a=1"]
        assert dict(page.start["headers"])[b"set-cookie"] == b"ctv=1"
