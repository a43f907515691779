"""The body of a report is read in pieces, up to its limit, and not for ever; a query as urllib reads it."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from redirector.conversions import parameters
from redirector.conversions.parameters import MAX_BODY_BYTES, read_body, read_parameters
from tracking.conversions.reading import RefusalCode, ReportError


class Client:
    """Sends these messages, then nothing."""

    def __init__(self, messages: Sequence[dict[str, Any]]) -> None:
        self.messages = list(messages)

    async def receive(self) -> dict[str, Any]:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)


def send(*pieces: bytes, ends: bool = True) -> Client:
    last = len(pieces) - 1
    return Client(
        [
            {"type": "http.request", "body": piece, "more_body": place < last or not ends}
            for place, piece in enumerate(pieces)
        ]
    )


async def refuse(client: Client, headers: dict[bytes, bytes] | None = None) -> RefusalCode:
    with pytest.raises(ReportError) as caught:
        await read_body(client.receive, headers or {})
    return caught.value.code


async def test_pieces_are_put_together() -> None:
    assert await read_body(send(b"txn_", b"id=", b"A").receive, {b"content-length": b"8"}) == b"txn_id=A"
    assert await read_body(send(b"x" * MAX_BODY_BYTES).receive, {}) == b"x" * MAX_BODY_BYTES


@pytest.mark.parametrize("length", [b"16385", b"-1", b"1e3", b"", b"9" * 30, b"\xb2"])
async def test_a_length_that_is_too_large_or_none_is_refused_before_a_byte_is_read(length: bytes) -> None:
    client = send(b"x")
    assert await refuse(client, {b"content-length": length}) is RefusalCode.TOO_LARGE
    assert len(client.messages) == 1


async def test_more_than_the_limit_is_refused_although_nobody_said_so() -> None:
    client = send(*[b"x" * 8_192] * 5)
    assert await refuse(client) is RefusalCode.TOO_LARGE
    assert len(client.messages) == 2


async def test_a_client_that_leaves_has_reported_nothing() -> None:
    client = Client([{"type": "http.request", "body": b"txn_id=A", "more_body": True}, {"type": "http.disconnect"}])
    assert await refuse(client) is RefusalCode.BAD_REQUEST


async def test_a_body_that_does_not_end_is_not_awaited_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "BODY_DEADLINE_S", 0.01)
    assert await refuse(send(b"txn_id=A", ends=False)) is RefusalCode.BAD_REQUEST


@given(st.text("ab&=;+", max_size=30))
def test_queries_are_read_as_urllib_does(query: str) -> None:
    pairs = parse_qsl(query, keep_blank_values=True)
    assume(len(dict(pairs)) == len(pairs))
    assert read_parameters(query.encode(), b"", b"") == dict(pairs)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_json_in_json_in_json_is_refused(opening: bytes) -> None:
    """However deep: nobody's report is a mistake of ours."""
    with pytest.raises(ReportError) as caught:
        read_parameters(b"", b'{"txn_id": ' + opening * 3_000, b"application/json")
    assert caught.value.code is RefusalCode.BAD_REQUEST


def test_numbers_of_json_are_kept_as_they_are_written() -> None:
    body = b'{"revenue": 12.50, "txn_id": 10000000000000000000001, "coupon": null, "event": "sale"}'
    assert read_parameters(b"", body, b"application/json") == {
        "revenue": "12.50",
        "txn_id": "10000000000000000000001",
        "coupon": "",
        "event": "sale",
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"txn_id": "A", "revenue": "1", "revenue": "999"}',
        b'{"revenue": ["1"], "revenue": "999"}',
        b'{"revenue": 1, "txn_id": "A:B", "\\u0072evenue": 2}',
        b'{"revenue": null, "revenue": 2}',
    ],
)
def test_a_name_of_json_that_has_two_values_is_refused_by_its_name(body: bytes) -> None:
    with pytest.raises(ReportError) as caught:
        read_parameters(b"", body, b"application/json")
    assert (caught.value.code, caught.value.field) == (RefusalCode.INVALID, "revenue")


def test_what_cannot_be_read_of_a_value_that_another_hides_is_refused() -> None:
    for hidden in (b"[" * 5_000 + b"]" * 5_000, b'"\xff"'):
        with pytest.raises(ReportError) as caught:
            read_parameters(b"", b'{"revenue": ' + hidden + b', "revenue": 2}', b"application/json")
        assert caught.value.code is RefusalCode.BAD_REQUEST


def test_a_name_of_json_may_be_repeated_with_its_value_and_values_have_colons() -> None:
    body = b'{"txn_id": "A:1", "occurred_at": "2026-03-01T12:00:00Z", "txn_id": "A:1"}'
    assert read_parameters(b"", body, b"application/json") == {"txn_id": "A:1", "occurred_at": "2026-03-01T12:00:00Z"}
