"""Click tokens: ours are read back, and nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.clicks.tokens import ClickTokens
from tracking.settings import ClickTokenKey

OLD = ClickTokenKey(key_id=1, secret=b"the old key of the tests")
NEW = ClickTokenKey(key_id=2, secret=b"the new key of the tests")
CLICK_ID = bytes(range(16))

ids = st.binary(min_size=16, max_size=16)


@given(ids)
def test_a_token_is_read_back_and_fits_a_query(click_id: bytes) -> None:
    tokens = ClickTokens([OLD])
    token = tokens.sign(click_id).decode()
    assert re.fullmatch(r"[A-Za-z0-9_-]{34}", token)
    assert tokens.verify(token) == click_id


def test_the_first_key_signs_and_all_verify() -> None:
    signed_before = ClickTokens([OLD]).sign(CLICK_ID).decode()
    rotated = ClickTokens([NEW, OLD])
    assert rotated.verify(signed_before) == CLICK_ID
    assert ClickTokens([NEW]).verify(rotated.sign(CLICK_ID).decode()) == CLICK_ID
    assert ClickTokens([NEW]).verify(signed_before) is None


@given(ids, st.integers(0, 33), st.sampled_from("AZaz09_-"))
def test_a_changed_token_is_nobodys(click_id: bytes, at: int, character: str) -> None:
    tokens = ClickTokens([OLD])
    token = tokens.sign(click_id).decode()
    changed = token[:at] + character + token[at + 1 :]
    if at < 33:  # the last character has four bits that say nothing
        assert (tokens.verify(changed) is None) == (changed != token)


@pytest.mark.parametrize("text", ["", "x", "=" * 34, "ä" * 34, "A" * 33, "A" * 35, "A" * 34, "+/" * 17, " " * 34])
def test_other_texts_are_no_tokens(text: str) -> None:
    assert ClickTokens([OLD]).verify(text) is None
