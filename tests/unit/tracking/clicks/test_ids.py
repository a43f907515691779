import datetime as dt
import os
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.clicks import ids

MOMENTS_MS = st.integers(min_value=0, max_value=2**48 - 1)


@pytest.mark.feature("R3")
@given(MOMENTS_MS)
def test_an_id_is_a_version_7_uuid_that_holds_its_moment(at_ms: int) -> None:
    click_id = ids.ClickIdMint().mint(at_ms)

    parsed = uuid.UUID(bytes=click_id)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert ids.read_click_ms(click_id) == at_ms


def test_ids_of_one_moment_differ_beyond_a_refill_of_the_random_pool() -> None:
    mint = ids.ClickIdMint()

    minted = {mint.mint(1_700_000_000_000) for _ in range(2_000)}

    assert len(minted) == 2_000


def test_a_forked_process_does_not_repeat_its_parent() -> None:
    mint = ids.ClickIdMint()
    mint.mint()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, mint.mint(1))
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 16) != mint.mint(1)
    os.close(reader)
    os.close(writer)


@given(MOMENTS_MS.filter(lambda ms: ms < 253_402_300_799_000))
def test_every_id_of_a_moment_is_at_or_above_its_lower_bound(at_ms: int) -> None:
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=at_ms)

    click_id = uuid.UUID(bytes=ids.ClickIdMint().mint(at_ms))

    assert ids.lower_bound(at) <= click_id < ids.lower_bound(at + dt.timedelta(milliseconds=1))
    assert ids.read_click_time(click_id) == at


def test_before_the_first_moment_of_ids_the_bound_is_the_smallest_id() -> None:
    assert ids.lower_bound(dt.datetime(1960, 1, 1, tzinfo=dt.UTC)) == uuid.UUID(int=0)
