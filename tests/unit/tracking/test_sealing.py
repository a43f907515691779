import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.sealing import SealError, open_sealed, seal
from tracking.settings import SecretsKey

OLD = SecretsKey(key_id=1, secret=b"the old key of the tests")
NEW = SecretsKey(key_id=2, secret=b"the new key of the tests")
OWNER = b"signing key abc of account 7"


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_was_sealed_opens_as_it_was(secret: bytes, owner: bytes) -> None:
    sealed = seal([OLD], secret, owner)

    assert open_sealed([OLD], sealed, owner) == secret


def test_the_secret_is_not_to_be_seen_and_never_looks_the_same() -> None:
    sealed = [seal([OLD], b"a secret of somebody", OWNER) for _ in range(2)]

    assert sealed[0] != sealed[1]
    assert not any(b"secret" in each for each in sealed)


def test_the_first_key_seals_and_every_key_that_is_still_listed_opens() -> None:
    before = seal([OLD], b"secret", OWNER)
    after = seal([NEW, OLD], b"secret", OWNER)

    assert (before[0], after[0]) == (1, 2)
    assert [open_sealed([NEW, OLD], each, OWNER) for each in (before, after)] == [b"secret"] * 2
    with pytest.raises(SealError, match="does not hold"):
        open_sealed([NEW], before, OWNER)


def test_another_key_under_the_same_id_opens_nothing() -> None:
    with pytest.raises(SealError, match="not what was sealed"):
        open_sealed([SecretsKey(key_id=1, secret=NEW.secret)], seal([OLD], b"secret", OWNER), OWNER)


def test_moved_to_another_owner_it_does_not_open() -> None:
    with pytest.raises(SealError, match="not of this owner"):
        open_sealed([OLD], seal([OLD], b"secret", OWNER), b"signing key abc of account 8")


@given(st.integers(0, 34), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_noticed(place: int, change: int) -> None:
    sealed = bytearray(seal([OLD], b"secret", OWNER))
    assert len(sealed) == 35
    sealed[place] ^= change

    with pytest.raises(SealError):
        open_sealed([OLD], bytes(sealed), OWNER)


@given(st.binary(max_size=60))
def test_what_nobody_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SealError):
        open_sealed([OLD], sealed, OWNER)
