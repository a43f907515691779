"""Pages for links that lead nowhere: in the account's words, which stay text, and with the same status as ours."""

import pytest

from redirector.html_pages.branded import make_gone, make_not_found
from redirector.pages import GONE, NOT_FOUND
from tests.unit.redirector.pages_read import PAYLOADS, Seen
from tracking.interstitials.rules import Branding

BRAND = Branding("Acme", "https://acme.example/shop", "Nothing here", "No longer here")
pytestmark = pytest.mark.feature("TR12")


def test_without_branding_they_are_a_plain_sentence() -> None:
    assert make_not_found(None) is NOT_FOUND
    assert make_gone(None) is GONE


def test_they_say_what_the_account_says() -> None:
    not_found, gone = make_not_found(BRAND), make_gone(BRAND)
    assert (not_found.start["status"], gone.start["status"]) == (404, 410)
    for page, text in ((not_found, "Nothing here"), (gone, "No longer here")):
        seen = Seen(page.body["body"])
        assert " ".join("".join(seen.texts).split()).endswith(f"Acme {text} acme.example")
        assert ("a", {"href": "https://acme.example/shop"}) in seen.elements
        headers = dict(page.start["headers"])
        assert headers[b"content-security-policy"].startswith(b"default-src 'none'; style-src 'sha256-")
        assert headers[b"cache-control"] == b"no-store, private"


def test_what_it_leaves_out_is_ours() -> None:
    seen = Seen(make_not_found(Branding("Acme")).body["body"])
    assert "There is no link at this address." in "".join(seen.texts)
    assert "a" not in seen.tags
    assert "This link is no longer active." in "".join(Seen(make_gone(Branding("Acme")).body["body"]).texts)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_stays_text(payload: str) -> None:
    branding = Branding(payload, "https://acme.example/" + payload, payload, payload)
    for make in (make_not_found, make_gone):
        plain, seen = Seen(make(BRAND).body["body"]), Seen(make(branding).body["body"])
        assert seen.tags == plain.tags
        assert "".join(seen.texts).count(payload) == 3  # title, heading, text
        assert [set(attributes) for _, attributes in seen.elements] == [
            set(attributes) for _, attributes in plain.elements
        ]
