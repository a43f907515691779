import msgspec
import pytest

from tracking.clicks.event import ClickEvent, decode_click, encode_click

EVENT = ClickEvent(
    click_id=b"\x01" * 16,
    account_id=1,
    link_id=2,
    campaign_id=3,
    creator_id=4,
    message_id=None,
    slot=None,
    contact_id=None,
    offer_id=None,
    sharer_id=None,
    visitor_key=b"\x02" * 16,
    visitor_method=1,
    visitor_day=20_000,
    facts=5,
    client_ip="203.0.113.7",
    user_agent=b"Mozilla/5.0 \xff",
    referrer=b"",
    query=b"a=1",
    placement="story",
)


def test_an_event_survives_the_stream() -> None:
    assert decode_click(encode_click(EVENT)) == EVENT


def test_a_field_that_a_newer_redirector_appends_is_ignored() -> None:
    appended = msgspec.msgpack.encode([*msgspec.msgpack.decode(encode_click(EVENT)), "from the future"])

    assert decode_click(appended) == EVENT


NOT_UTF_8 = encode_click(EVENT).replace(b"203.0.113.7", b"203.0.113.\xff")


@pytest.mark.parametrize(
    "damaged", [NOT_UTF_8, b"", b"\xc1", b"\x93\x01\x02\x03", encode_click(EVENT)[:-1], b'{"click_id":1}']
)
def test_bytes_that_are_no_event_are_refused(damaged: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_click(damaged)
