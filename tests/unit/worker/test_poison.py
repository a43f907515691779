"""What is buried carries no address of a visitor (rule 10), readable or not."""

import pytest

from tests.clicking import make_event
from tracking.clicks.event import (
    CONFIRMATION_VERSION,
    VERSION,
    Confirmation,
    decode_click,
    encode_click,
    encode_confirmation,
)
from worker.click_stream import DeadLetter, StreamEntry
from worker.contracts import shorten_address
from worker.poison import Rejected, bury, mask_addresses, open_entries, read_entry

CONFIRMATION = Confirmation(make_event(1).click_id, 1, 7, 1_800_000_000_000)


class TestReadingAnEntry:
    def test_an_event_is_read(self) -> None:
        event = make_event(1)

        assert read_entry(StreamEntry(b"1-0", {VERSION: encode_click(event)})) == event

    @pytest.mark.feature("TR26")
    def test_a_confirmation_is_read_by_its_own_name_alone(self) -> None:
        payload = encode_confirmation(CONFIRMATION)

        assert read_entry(StreamEntry(b"1-0", {CONFIRMATION_VERSION: payload})) == CONFIRMATION
        assert isinstance(read_entry(StreamEntry(b"1-0", {VERSION: payload})), DeadLetter)

    def test_a_batch_is_sorted_by_what_its_entries_are(self) -> None:
        event = make_event(1)
        opened = open_entries(
            [
                StreamEntry(b"1-0", {VERSION: encode_click(event)}),
                StreamEntry(b"2-0", {}),
                StreamEntry(b"3-0", {CONFIRMATION_VERSION: encode_confirmation(CONFIRMATION)}),
                StreamEntry(b"4-0", {b"2": b"new"}),
            ]
        )

        found = {version: events for version, events in opened.events.items() if events}
        assert found == {VERSION: {b"1-0": event}, CONFIRMATION_VERSION: {b"3-0": CONFIRMATION}}
        assert [letter.source_id for letter in opened.dead] == [b"4-0"]

    @pytest.mark.feature("TR26")
    def test_a_rejected_confirmation_is_buried_as_what_it_was(self) -> None:
        letter = bury(b"5-0", CONFIRMATION_VERSION, Rejected(CONFIRMATION, "too_late"))

        assert letter == DeadLetter(b"5-0", "too_late", CONFIRMATION_VERSION, encode_confirmation(CONFIRMATION))

    def test_an_entry_that_was_deleted_is_nothing(self) -> None:
        assert read_entry(StreamEntry(b"1-0", {})) is None

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({b"2": b"new"}, "unknown_version"),
            ({b"1": b"x", b"2": b"y"}, "unknown_version"),
            ({b"1": b"\xc1"}, "undecodable"),
            ({b"1": encode_click(make_event(1))[:-3]}, "undecodable"),
            ({b"1": encode_click(make_event(1, link_id="one"))}, "undecodable"),
            ({CONFIRMATION_VERSION: encode_click(make_event(1))}, "undecodable"),
            ({CONFIRMATION_VERSION: encode_confirmation(CONFIRMATION)[:-1]}, "undecodable"),
        ],
    )
    def test_what_is_no_event_is_buried_with_its_reason(self, fields: dict[bytes, bytes], reason: str) -> None:
        read = read_entry(StreamEntry(b"1-0", fields))

        assert isinstance(read, DeadLetter)
        assert (read.source_id, read.reason) == (b"1-0", reason)


@pytest.mark.feature("R10")
class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.77", "203.0.113.0"),
            ("::ffff:203.0.113.77", "203.0.113.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("nonsense", ""),
        ],
    )
    def test_an_address_is_shortened_to_its_network(self, address: str, network: str) -> None:
        assert shorten_address(address) == network

    def test_a_rejected_click_is_buried_with_its_network_only(self) -> None:
        event = make_event(1, client_ip="203.0.113.77")

        letter = bury(b"5-0", VERSION, Rejected(event, "from_the_future"))

        assert (letter.source_id, letter.reason, letter.version) == (b"5-0", "from_the_future", VERSION)
        assert decode_click(letter.payload).client_ip == "203.0.113.0"
        assert b"203.0.113.77" not in letter.payload

    @pytest.mark.parametrize(
        ("payload", "masked"),
        [
            (b"\x01 203.0.113.77 \xff", b"\x01 203.0.113.00 \xff"),
            (b"a 2001:db8:12:34::56 b", b"a 2001:db8:12:00::00 b"),
            (b"no address", b"no address"),
        ],
    )
    def test_what_nobody_can_read_is_masked_and_keeps_its_length(self, payload: bytes, masked: bytes) -> None:
        assert mask_addresses(payload) == masked
