"""Records of both kinds on their way: from memory, or from the spool, into an entry under the right name (TR26)."""

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import hiredis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redirector.recording.redis_connection import write_appends
from redirector.recording.spool import Spool
from tests.clicking import make_event
from tracking.clicks.event import (
    CONFIRMATION_VERSION,
    VERSION,
    Confirmation,
    encode_click,
    encode_confirmation,
    mark_confirmation,
)
from tracking.streams import CLICK_STREAM, Mark

CLICK = make_event(1)
CONFIRMATION = Confirmation(CLICK.click_id, 1, 7, 1_800_000_000_000)
ROOM = 1_000_000
IDS = st.integers(1, 2**63 - 1)


def read_spool(folder: Path) -> list[bytes]:
    [claimed] = Spool(folder, ROOM).claim()
    records = [record for batch in claimed.read(10) for record in batch]
    claimed.delete()
    return records


def read_commands(written: bytes) -> Iterable[list[bytes]]:
    reader = hiredis.Reader()
    reader.feed(written)
    while (command := reader.gets()) is not False:
        yield command


@pytest.mark.feature("TR26", "R3")
def test_each_kind_goes_under_its_own_name_and_without_its_mark() -> None:
    commands = read_commands(write_appends([encode_click(CLICK), mark_confirmation(CONFIRMATION), encode_click(CLICK)]))
    named = [(VERSION, encode_click(CLICK)), (CONFIRMATION_VERSION, encode_confirmation(CONFIRMATION))]
    assert list(commands) == [
        [b"XADD", CLICK_STREAM.encode(), b"*", version, payload] for version, payload in (*named, named[0])
    ]


@given(st.binary(min_size=16, max_size=16), IDS, IDS, st.text())
def test_no_click_begins_with_the_mark(click_id: bytes, account_id: int, link_id: int, placement: str) -> None:
    event = make_event(account_id, click_id=click_id, link_id=link_id, placement=placement)
    assert encode_click(event)[0] not in set(Mark)
    assert mark_confirmation(Confirmation(click_id, account_id, link_id, 0))[0] == Mark.CONFIRMATION


@pytest.mark.feature("TR26", "R3")
def test_the_spool_keeps_both_kinds(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOM)
    records = [encode_click(CLICK), mark_confirmation(CONFIRMATION)]
    spool.write(records)
    spool.close()
    assert read_spool(tmp_path) == records


@pytest.mark.feature("R3")
def test_a_file_from_before_there_were_confirmations_is_clicks(tmp_path: Path) -> None:
    payload = encode_click(CLICK)
    (tmp_path / "1-1-a.ready").write_bytes(struct.pack(">II", len(payload), zlib.crc32(payload)) + payload)
    [command] = read_commands(write_appends(read_spool(tmp_path)))
    assert command[3:] == [VERSION, payload]
