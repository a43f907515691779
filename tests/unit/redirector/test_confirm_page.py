"""The page that asks to continue: nothing that it is made of can become more than text (TR26)."""

import base64
import hashlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redirector.html_pages.confirm import write_confirm_page
from redirector.html_pages.continue_page import make_continue_page
from redirector.memory.entries import NO_RULES, AccountEntry, LinkEntry, Rules, Terms
from tests.unit.redirector.pages_read import Seen
from tracking.links.query_policy import QueryPolicy
from tracking.links.rules import PreparedDestination, prepare_destination

CT = b"A" * 34
ACCOUNT = AccountEntry(1, "UTC", False, "creator", False)


def make_entry(rules: Rules = NO_RULES) -> LinkEntry:
    terms = Terms(False, False, None, None, None, None, None, None, rules)
    return LinkEntry(7, ACCOUNT, b"https://shop.example.com/", b"?ct=", b"", None, None, terms)


def make_scope(path: str, query: bytes = b"") -> dict[str, Any]:
    return {"path": path, "query_string": query}


def read_action(entry: LinkEntry, path: str, token: bytes | None = CT, query: bytes = b"") -> str | None:
    page = make_continue_page(make_scope(path, query), entry, entry, token, None)
    (action,) = Seen(page.body["body"]).actions
    return action


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0")),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0")),
)
def test_whatever_host_and_address_are_the_page_has_the_same_elements(host: str, action: str) -> None:
    plain = Seen(write_confirm_page("shop.example.com", "/abc/continue"))
    seen = Seen(write_confirm_page(host, action))
    assert seen.tags == plain.tags
    assert seen.actions == [action]
    assert "".join(seen.texts).count(host) >= 2


def test_it_has_one_form_and_nothing_that_runs_or_leads_elsewhere() -> None:
    seen = Seen(write_confirm_page("shop.example.com", "/abc/continue"))
    assert seen.tags.count("form") == seen.tags.count("button") == seen.tags.count("h1") == 1
    assert not {"script", "a", "img", "iframe", "input"} & set(seen.tags)


def test_the_policy_allows_its_style_and_no_other() -> None:
    page = make_continue_page(make_scope("/abc"), make_entry(), make_entry(), CT, None)
    (style,) = re.findall(rb"<style>(.*)</style>", page.body["body"], re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(style).digest())
    policy = dict(page.start["headers"])[b"content-security-policy"]
    assert b"style-src 'sha256-" + allowed + b"'" in policy
    assert b"form-action" not in policy


@pytest.mark.parametrize("path", ["/abc", "/abc~story", "/abc/continue", "/abc/continue/" + "B" * 34])
def test_continue_is_the_links_own_address_with_the_click_id(path: str) -> None:
    assert read_action(make_entry(), path) == f"/abc/continue/{CT.decode()}"
    assert read_action(make_entry(), path, None) == "/abc/continue"


@pytest.mark.parametrize(
    ("policy", "query", "action"),
    [
        (QueryPolicy.IGNORE, b"a=1", "/abc/continue"),
        (QueryPolicy.KEEP, b"", "/abc/continue"),
        (QueryPolicy.KEEP, b"a=1&b=%C3%A4", "/abc/continue?a=1&b=%C3%A4"),
        (QueryPolicy.APPEND, 'a="><b>ä'.encode(), '/abc/continue?a="><b>%C3%A4'),
        (QueryPolicy.KEEP, b"a=" + b"x" * 2_000 + b"&b=" + b"y" * 2_000, "/abc/continue?a=" + "x" * 2_000),
    ],
)
def test_the_visitors_query_goes_along_where_the_link_passes_it_on(
    policy: QueryPolicy, query: bytes, action: str
) -> None:
    assert read_action(make_entry(Rules(query_policy=policy)), "/abc", None, query) == action


@pytest.mark.parametrize(
    ("destination", "host"),
    [
        ("https://shop.example.com:8443/a?b=c", "shop.example.com"),
        ("http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
    ],
)
def test_people_are_told_the_host_that_they_go_to(destination: str, host: str) -> None:
    target: PreparedDestination = prepare_destination(destination, "creator", "ann")
    page = make_continue_page(make_scope("/abc"), make_entry(), target, CT, None)
    assert f"<strong>{host}</strong>".encode() in page.body["body"]
