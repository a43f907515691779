import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.secret_tokens import make_token, split_token

START = "ct_post_"
LETTERS = string.ascii_letters + string.digits


def test_a_new_one_splits_into_its_prefix_and_the_hash_of_the_rest() -> None:
    token = make_token(START)
    prefix, _, secret = token.removeprefix(START).partition("_")

    assert (len(prefix), len(secret)) == (8, 40)
    assert split_token(START, token) == (prefix, hashlib.sha256(secret.encode()).digest())


def test_no_two_are_the_same() -> None:
    assert len({make_token(START) for _ in range(1_000)}) == 1_000


def test_one_that_is_for_something_else_is_none_of_ours() -> None:
    assert split_token(START, make_token("ct_live_")) is None


@pytest.mark.parametrize("change", ["{}x", "x{}", "{}\n", " {}", "{}\0"])
def test_nothing_may_stand_around_it(change: str) -> None:
    assert split_token(START, change.format(make_token(START))) is None


@given(st.text() | st.from_regex(r"ct_post_\w{0,10}_\w{35,45}"))
def test_whatever_comes_is_split_or_none_of_ours(token: str) -> None:
    parts = split_token(START, token)

    prefix, separator, secret = token.removeprefix(START).partition("_")
    is_ours = token.startswith(START) and bool(separator) and (len(prefix), len(secret)) == (8, 40)
    assert (parts is not None) == (is_ours and not {*prefix, *secret} - {*LETTERS})
