"""Only who holds a key of this installation can mark a click as a test, and only for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.clicks.probes import is_probe, sign_probe
from tracking.settings import ClickTokenKey

OLD = ClickTokenKey(key_id=1, secret=b"the key that signed last year")
NEW = ClickTokenKey(key_id=2, secret=b"the key that signs this year")
NOW_MS = 1_800_000_000_000
MINUTE_MS = 60_000


@pytest.mark.parametrize("keys", [[NEW], [NEW, OLD], [OLD, NEW]])
def test_every_key_that_is_still_listed_proves(keys: list[ClickTokenKey]) -> None:
    assert is_probe(sign_probe([NEW], NOW_MS), keys, NOW_MS)


def test_a_key_that_is_not_listed_proves_nothing() -> None:
    assert not is_probe(sign_probe([OLD], NOW_MS), [NEW], NOW_MS)


@pytest.mark.parametrize(
    ("later_ms", "expected"),
    [(0, True), (5 * MINUTE_MS, True), (5 * MINUTE_MS + 1, False), (-5 * MINUTE_MS, True), (-5 * MINUTE_MS - 1, False)],
)
def test_it_proves_for_five_minutes_by_any_clock_near(later_ms: int, expected: bool) -> None:
    assert is_probe(sign_probe([NEW], NOW_MS), [NEW], NOW_MS + later_ms) is expected


def test_the_time_cannot_be_changed() -> None:
    _, _, mac = sign_probe([NEW], NOW_MS - 6 * MINUTE_MS).partition(b".")

    assert not is_probe(b"%d.%s" % (NOW_MS, mac), [NEW], NOW_MS)


@given(st.binary(max_size=80) | st.from_regex(rb"\A[0-9]{1,20}\.[0-9a-f]{0,40}\Z"))
def test_nothing_else_is_a_proof(value: bytes) -> None:
    assert not is_probe(value, [NEW], NOW_MS)
