"""Destinations: what may be one, how it is stored, and what a redirect adds to it."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_destination, prepare_destination


def normalise(raw: str) -> str:
    return normalise_destination(raw, is_tracking_host=lambda host: host == "go.brand.com")


class TestNormalisation:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            ("https://brand.com", "https://brand.com/"),
            ("HTTPS://Brand.COM:443/A/../b?x=1&y={{z}}#F", "https://brand.com/b?x=1&y={{z}}#F"),
            ("https://münchen.de/ä?q=ü#ö", "https://xn--mnchen-3ya.de/%C3%A4?q=%C3%BC#%C3%B6"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://2130706433/", "http://127.0.0.1/"),
            ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
            ("http://[::1]:3000/x", "http://[::1]:3000/x"),
            ("https://brand.com/100%25?p=%zz", "https://brand.com/100%25?p=%zz"),
        ],
    )
    def test_a_destination_is_stored_in_one_form(self, raw: str, stored: str) -> None:
        assert normalise(raw) == stored

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            "brand.com",
            "//brand.com",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://brand.com/",
            "https:brand.com",
            "https:///brand.com",
            "https://",
            "https://?x",
            "https:\\\\brand.com",
            "https://good.com\\@evil.com",
            "https://user@brand.com/",
            "https://user:pass@brand.com/",
            "https://@brand.com/",
            " https://brand.com/",
            "https://brand.com/a b",
            "https://brand.com/\u00a0",
            "https://brand.com/\r\nSet-Cookie: x=1",
            "https://brand.com/\x00",
            "https://brand.com/\u202e",
            "https://bra\u00adnd.com/",
            "https://brand.com/\ud800",
            "https://a..b/",
            "https://.../",
            "https://-brand.com/",
            "https://brand.com:99999/",
            "https://[::1/",
            "https://brand.com/" + "x" * 2_048,
            "https://brand.com/" + "ä" * 700,
        ],
    )
    def test_other_addresses_are_refused(self, raw: str) -> None:
        with pytest.raises(InvalidInputError):
            normalise(raw)

    @pytest.mark.parametrize(
        "raw",
        [
            "https://go.brand.com/x",
            "http://GO.brand.com.:8080/",
            "https://%67o.brand.com/",
            "https://\uff47\uff4f.brand.com/",
        ],
    )
    def test_a_destination_on_a_tracking_domain_is_refused(self, raw: str) -> None:
        with pytest.raises(InvalidInputError, match="lead back"):
            normalise(raw)

    @settings(max_examples=1_000, deadline=None)
    @given(
        st.text(st.sampled_from("aZ0-.:@%4\u00fc\u00df\u2460\uff47[]"), min_size=1, max_size=20),
        st.text(st.sampled_from("/?#&=%4@:.{}|^`'\"<>\u00fc\U0001f600\\ "), max_size=20),
    )
    @example("brand.com#@evil.com", "")
    @example("brand.com:80@evil.com", "/")
    def test_what_is_stored_is_sendable_stable_and_read_alike(self, host: str, rest: str) -> None:
        try:
            stored = normalise(f"https://{host}{rest}")
        except InvalidInputError:
            return
        assert re.fullmatch(r"[\x21-\x7e]{1,2048}", stored)
        assert normalise(stored) == stored
        parts = urlsplit(stored)  # another parser sees the same host
        assert f"{parts.scheme}://{parts.netloc}" == re.split(r"(?<=[^/:])/", stored, maxsplit=1)[0]
        assert parts.username is None


def add(destination: str, value: str | None = "42") -> str:
    """The address that a visitor is sent to."""
    prepared = prepare_destination(destination, "creator", value)
    return (prepared.head + prepared.ending + b"CLICK" + prepared.tail).decode()


class TestParameters:
    @pytest.mark.feature("LO4", "LO5")
    @pytest.mark.parametrize(
        ("destination", "address"),
        [
            ("https://b.com/", "https://b.com/?creator=42&ct=CLICK"),
            ("https://b.com/?", "https://b.com/?creator=42&ct=CLICK"),
            ("https://b.com/?z=1&a=2&z=3", "https://b.com/?z=1&a=2&z=3&creator=42&ct=CLICK"),
            ("https://b.com/?a=1&", "https://b.com/?a=1&creator=42&ct=CLICK"),
            ("https://b.com/?a=1&&b", "https://b.com/?a=1&&b&creator=42&ct=CLICK"),
            ("https://b.com/#top", "https://b.com/?creator=42&ct=CLICK#top"),
            ("https://b.com/?a=1#/app?x=2", "https://b.com/?a=1&creator=42&ct=CLICK#/app?x=2"),
            ("https://b.com/#", "https://b.com/?creator=42&ct=CLICK#"),
            ("https://b.com/?q=a+b%20c&r=%2F", "https://b.com/?q=a+b%20c&r=%2F&creator=42&ct=CLICK"),
        ],
    )
    def test_parameters_join_the_query_and_change_nothing_else(self, destination: str, address: str) -> None:
        assert add(destination) == address

    def test_parameters_of_somebody_elses_click_are_replaced(self) -> None:
        assert add("https://b.com/?creator=7&a=1&ct=OLD&%63t=OLD") == "https://b.com/?a=1&creator=42&ct=CLICK"

    def test_a_link_without_a_creator_gets_a_click_id_only(self) -> None:
        assert add("https://b.com/?creator=7", None) == "https://b.com/?creator=7&ct=CLICK"

    def test_a_crawler_gets_the_creator_only(self) -> None:
        prepared = prepare_destination("https://b.com/?a=1#x", "creator", "42")
        assert prepared.ending == b"&creator=42&ct="
        assert prepared.head + prepared.ending.removesuffix(b"&ct=") + prepared.tail == (
            b"https://b.com/?a=1&creator=42#x"
        )

    @pytest.mark.parametrize(
        "stored", ["https://b.com/\r\nSet-Cookie: a=b", "https://b.com/é", "https://b.com/\ud7ff\x00"]
    )
    def test_what_is_sent_is_printable_whatever_is_stored(self, stored: str) -> None:
        assert re.fullmatch(r"[\x21-\x7e]+", add(stored))

    @given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.tuples(st.text("abc"), st.text("xyz&=#% +"))))
    def test_the_creator_arrives_as_it_was_given(self, value: str, pairs: list[tuple[str, str]]) -> None:
        query = "&".join(f"{name}={''.join(f'%{ord(c):02x}' for c in text)}" for name, text in pairs)
        address = add(f"https://b.com/?{query}" if query else "https://b.com/", value)
        assert parse_qsl(urlsplit(address).query, keep_blank_values=True) == [
            *pairs,
            ("creator", value),
            ("ct", "CLICK"),
        ]


@pytest.mark.feature("LO5", "LS13", "V1")
@pytest.mark.parametrize(
    ("destination", "location"),
    [
        ("https://brand.com/summer-sale", "https://brand.com/summer-sale?mvkReferringMemberId=1&ct="),
        (
            "https://brand.com/summer-sale?utm_medium=tiktok",
            "https://brand.com/summer-sale?utm_medium=tiktok&mvkReferringMemberId=1&ct=",
        ),
    ],
)
def test_the_parameter_that_a_brand_names_joins_the_query(destination: str, location: str) -> None:
    head, ending, tail = prepare_destination(normalise(destination), "mvkReferringMemberId", "1")

    assert (head + ending + tail).decode() == location
