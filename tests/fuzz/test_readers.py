"""Every reader of a text from outside answers it or refuses it by its own error, and reads what we wrote as it was."""

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cross_web import HTTPException
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from api.browser_origins import read_other_origin
from api.events.feeds.cursors import read_cursor
from api.graphql_request import read_json, read_message, read_parameters
from api.ids import decode_id, encode_id, read_id, read_key, read_optional_id, read_uuid, read_uuid_key
from api.operation_traces import read_parent
from api.pagination import decode_cursor, encode_cursor
from api.report_pages.html_pages.asking import read_view
from redirector.conversions import parameters
from redirector.facts import read_facts
from tests.unit.tracking.clicks.test_event import EVENT
from tracking import setting_values
from tracking.accounts.sessions import read_session
from tracking.bots.hosting.networks import InvalidNetworkError, read_network
from tracking.bots.structure import read_structure
from tracking.bots.words import read_words
from tracking.clicks.event import encode_click
from tracking.clicks.own_clicks import read_test_cookie, read_test_session
from tracking.clicks.user_agents import read_user_agent
from tracking.clicks.visitors import read_cookie_value
from tracking.conversions.event import decode_conversion
from tracking.conversions.reading import ReportError
from tracking.conversions.signing import read_signature
from tracking.errors import InvalidInputError
from tracking.imports.writers.creator_rows import read_creator_row
from tracking.impressions.event import decode_impression
from tracking.links.opt_out import read_opt_out
from tracking.links.utm import read_utm, read_utm_value
from tracking.messages.template import parse_template
from tracking.money import read_amount
from tracking.offers.references import read_offer_id
from tracking.settings import ClickTokenKey
from tracking.signed_addresses import UPLOAD_PATH, read_signed, sign
from tracking.snippets.event import decode_sighting
from tracking.webhooks.schedule import read_patience_s

KEY: Final = ClickTokenKey(key_id=1, secret=b"a secret of the fuzz tests")
NOW: Final = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
ZONE: Final = ZoneInfo("Europe/Berlin")
VIEW_NAMES: Final = ("range", "from", "to", "sort", "after", "compare")


def read_settings(text: str) -> None:
    for read in (
        setting_values.read_url("https"),
        setting_values.read_redis_urls,
        setting_values.read_keys(ClickTokenKey),
        lambda raw: setting_values.read_key(raw, ClickTokenKey),
        setting_values.read_secret,
        setting_values.read_networks,
        setting_values.read_public_hosts,
        setting_values.read_public_host,
        setting_values.read_resolvers,
        setting_values.read_resolver,
        setting_values.read_port,
        setting_values.read_listen_fds,
        setting_values.read_positive,
        setting_values.read_positive_number,
        setting_values.read_ratio,
    ):
        _try(read, text, ValueError)


def _try(read: Callable[[Any], object], given_text: Any, *declared: type[Exception]) -> None:
    try:
        read(given_text)
    except declared:
        return


def _send(text: str) -> bytes:
    """As a header might have it."""
    return text.encode("utf-8", "surrogatepass")


Reader = tuple[Callable[[str], object], tuple[type[Exception], ...]]
OF_TEXT: Final[dict[str, Reader]] = {
    "decode_id": (lambda text: decode_id(text, "Link"), ()),
    "read_id": (lambda text: read_id(text, "Link"), ()),
    "read_optional_id": (lambda text: read_optional_id(text, "Link"), ()),
    "read_uuid": (lambda text: read_uuid(text, "Click"), ()),
    "read_key": (read_key, ()),
    "read_uuid_key": (read_uuid_key, ()),
    "decode_cursor": (lambda text: decode_cursor(text, tuple[int, dt.datetime], "id"), (GraphQLError,)),
    "read_cursor": (lambda text: read_cursor(text, "clicks"), (GraphQLError,)),
    "read_json": (lambda text: read_json(text, "variables"), (HTTPException,)),
    "read_message": (read_message, (json.JSONDecodeError,)),
    "read_parameters of the graph": (
        lambda text: read_parameters({"query": text, "variables": text, "extensions": text}),
        (HTTPException,),
    ),
    "read_other_origin": (lambda text: read_other_origin({"origin": text, "host": text}), ()),
    "read_parent": (read_parent, ()),
    "read_view": (lambda text: read_view(dict.fromkeys(VIEW_NAMES, text), ZONE, NOW, shows_money=True), ()),
    "read_session": (lambda text: read_session(text, KEY.secret), ()),
    "read_network": (read_network, (InvalidNetworkError,)),
    "read_structure": (lambda text: read_structure(read_user_agent(_send(text))), ()),
    "read_words": (lambda text: read_words(read_user_agent(_send(text))), ()),
    "read_test_session": (lambda text: read_test_session(KEY.secret, text, 0), ()),
    "read_signature": (read_signature, ()),
    "read_creator_row": (
        lambda text: read_creator_row(
            dict.fromkeys(("handle", "external_id", "platform", "profile_url", "followers", "followers_as_of"), text)
        ),
        (),
    ),
    "read_opt_out": (lambda text: read_opt_out([KEY], text), ()),
    "read_utm": (read_utm, ()),
    "read_utm_value": (read_utm_value, ()),
    "parse_template": (parse_template, (InvalidInputError,)),
    "read_amount": (read_amount, (ValueError,)),
    "read_offer_id": (read_offer_id, ()),
    "read_settings": (read_settings, ()),
    "read_signed": (lambda text: read_signed(KEY.secret, UPLOAD_PATH, text), ()),
    "read_patience_s": (lambda text: read_patience_s(503, text, NOW), ()),
}
OF_BYTES: Final[dict[str, tuple[Callable[[bytes], object], tuple[type[Exception], ...]]]] = {
    "read_parameters of reports": (
        lambda data: parameters.read_parameters(data, data, b"application/json"),
        (ReportError,),
    ),
    "read_parameters of forms": (
        lambda data: parameters.read_parameters(b"", data, b"application/x-www-form-urlencoded"),
        (ReportError,),
    ),
    "read_facts": (
        lambda data: read_facts(dict.fromkeys((b"user-agent", b"accept", b"sec-ch-ua"), data), "GET", "https"),
        (),
    ),
    "read_test_cookie": (lambda data: read_test_cookie({b"cookie": b"ctt=" + data}, KEY.secret, 0), ()),
    "read_user_agent": (read_user_agent, ()),
    "read_cookie_value": (lambda data: read_cookie_value(data, KEY.secret), ()),
    "decode_conversion": (decode_conversion, (msgspec.MsgspecError,)),
    "decode_impression": (decode_impression, (msgspec.MsgspecError,)),
    "decode_sighting": (decode_sighting, (msgspec.MsgspecError,)),
}
TELLING: Final = st.sampled_from(
    [
        *(
            "TGluazo3",
            "Link:7",
            "1e999",
            "2026-02-30",
            "Fri, 31 Feb 99999 24:61:61 +9999",
            "[1]",
            "{{",
            "{{name|",
            "{{#",
        ),
        *("t=1,kid=a,nonce=b,v1=c", f"00-{'0' * 32}-{'0' * 16}-01", "https://[::1", "1.2.3.4/33", "::/-1"),
        *(
            "\ud800",
            "\0",
            "\u0661",
            "9" * 5_000,
            "?utm_source=%ff&utm_source",
            "last_7_days",
            "0001-01-01",
            "9999-12-31",
        ),
    ]
)
TEXTS: Final = (
    st.text(max_size=120)
    | TELLING
    | st.tuples(TELLING, st.text(max_size=20)).map("".join)
    | st.binary(max_size=60).map(lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode())
    | st.lists(st.integers() | st.text(max_size=9) | st.none(), max_size=4).map(
        lambda values: base64.urlsafe_b64encode(json.dumps(["id", values]).encode()).decode()
    )
    | st.datetimes().map(str)
)


@pytest.mark.feature("R10")
@given(TEXTS)
def test_any_text_is_read_or_refused_by_the_readers_own_error(text: str) -> None:
    for read, declared in OF_TEXT.values():
        _try(read, text, *declared)


@given(st.binary(max_size=200) | TELLING.map(_send))
def test_any_bytes_are_read_or_refused_by_the_readers_own_error(data: bytes) -> None:
    for read, declared in OF_BYTES.values():
        _try(read, data, *declared)


def test_an_error_that_is_not_declared_is_seen() -> None:
    with pytest.raises(KeyError):
        _try({}.__getitem__, "x", ValueError)


@given(st.integers(1, 2**63 - 1))
def test_ids_are_read_as_they_were_written(number: int) -> None:
    assert decode_id(encode_id("Link", number), "Link") == number
    assert decode_id(encode_id("Link", number), "Creator") is None


@given(st.integers(-(2**62), 2**62), st.datetimes(timezones=st.just(dt.UTC)))
def test_cursors_are_read_as_they_were_written(number: int, at: dt.datetime) -> None:
    assert decode_cursor(encode_cursor((number, at), "id"), tuple[int, dt.datetime], "id") == (number, at)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**33))
def test_signed_addresses_are_read_as_they_were_written(file_id: int, at_s: int) -> None:
    expires_at = dt.datetime.fromtimestamp(at_s, dt.UTC)

    assert read_signed(KEY.secret, UPLOAD_PATH, sign(KEY.secret, UPLOAD_PATH, file_id, expires_at)) == (
        file_id,
        expires_at,
    )


@given(st.integers(0, 300), st.binary(min_size=1, max_size=3))
def test_a_damaged_address_is_none(place: int, inserted: bytes) -> None:
    token = sign(KEY.secret, UPLOAD_PATH, 7, NOW).encode()
    damaged = token[: place % len(token)] + inserted + token[place % len(token) + 1 :]

    found = read_signed(KEY.secret, UPLOAD_PATH, damaged.decode("latin-1"))

    assert found is None or found == (7, NOW)  # the last letter has bits that say nothing


@given(st.integers(0, 300))
def test_the_beginning_of_an_event_is_no_conversion(length: int) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_conversion(encode_click(EVENT)[:length])
