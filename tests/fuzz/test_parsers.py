"""Every parser of what comes from outside answers or refuses by its own error, whatever it is given."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redirector.recording.redis_connection import read_address
from redirector.recording.spool import _read_records
from tests.unit.tracking.clicks.test_event import EVENT
from tracking.accounts.rules import split_api_key
from tracking.bots.rules import ClickFacts, classify
from tracking.clicks.event import decode_click, decode_confirmation, encode_click
from tracking.clicks.probes import is_probe
from tracking.clicks.tokens import ClickTokens
from tracking.clicks.visitors import hash_visitor, read_cookie
from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_destination, normalise_host, prepare_destination, split_placement
from tracking.settings import ClickTokenKey, SettingsError, load_settings

KEY = ClickTokenKey(key_id=1, secret=b"a secret of the fuzz tests")
CUTS = st.tuples(st.integers(0, 200), st.integers(0, 200), st.binary(max_size=8))


@given(st.binary(max_size=300))
def test_bytes_are_an_event_or_refused(payload: bytes) -> None:
    for decode in (decode_click, decode_confirmation):
        with contextlib.suppress(msgspec.MsgspecError):
            decode(payload)


@given(CUTS)
def test_a_damaged_event_is_an_event_or_refused(cut: tuple[int, int, bytes]) -> None:
    start, length, inserted = cut
    whole = encode_click(EVENT)
    try:
        decode_click(whole[:start] + inserted + whole[start + length :])
    except msgspec.MsgspecError:
        return


@given(st.text(max_size=120))
def test_only_what_we_signed_is_a_click_id(token: str) -> None:
    assert ClickTokens([KEY]).verify(token) is None


@given(st.binary(max_size=120))
def test_only_what_we_set_is_our_cookie(header: bytes) -> None:
    assert read_cookie(b"ctv=" + header, KEY.secret) is None


@given(st.binary(max_size=60), st.integers(0, 2**43))
def test_only_what_we_signed_is_a_probe(value: bytes, at_ms: int) -> None:
    assert not is_probe(value, [KEY], at_ms)


@given(st.text(max_size=300) | st.text(max_size=80).map(lambda tail: f"https://shop.example/{tail}"))
def test_a_destination_is_sendable_or_refused(raw: str) -> None:
    try:
        destination = normalise_destination(raw, is_tracking_host=lambda host: host == "acme.localhost")
    except InvalidInputError:
        return
    prepared = prepare_destination(destination, "creator", "a b&c#d")
    sent = (prepared.head + prepared.ending + b"x" * 34 + prepared.tail).decode()
    assert sent.isascii()
    assert sent.isprintable()
    assert normalise_destination(destination, is_tracking_host=lambda _: False) == destination


@given(st.text(max_size=80))
def test_hosts_slugs_and_keys_never_raise(text: str) -> None:
    normalise_host(text)
    split_placement(text)
    split_api_key(text)


@given(st.text(max_size=60), st.binary(max_size=60), st.integers(0, 2**20))
def test_a_visitor_and_a_verdict_come_of_anything(text: str, raw: bytes, facts: int) -> None:
    assert len(hash_visitor(KEY.secret, 1, text, raw, raw)) == 16
    assert classify(ClickFacts(facts, text)) == classify(ClickFacts(facts, text))


@given(st.binary(max_size=200))
def test_a_damaged_spool_gives_whole_records_only(data: bytes) -> None:
    assert sum(len(record) for record in _read_records(data)) <= len(data)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "CLICK_TOKEN_KEYS", "TRUSTED_PROXIES", "API_PORT"])
@given(value=st.text(max_size=60))
def test_settings_are_read_or_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})

    assert all(problem.split()[0].isupper() for problem in refused.value.problems)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_a_redis_address_is_read_or_a_value_error(tail: str) -> None:
    try:
        read_address(f"redis://{tail}")
    except ValueError:
        return
