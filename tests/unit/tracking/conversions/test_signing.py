import pytest

from tests.signing import write_signature
from tracking.conversions.signing import (
    TOLERANCE_S,
    SignedParts,
    is_signed_by,
    is_timely,
    read_signature,
)

KEY = b"ct_sign_abcd2345_" + b"k" * 40
NONCE = "nonce-of-16-char"
PARTS = SignedParts("POST", "acme.example", b"/conv?a=1", b'{"txn_id": "A"}')
HEADER = write_signature(KEY, "abcd2345", NONCE, 1_790_000_000, PARTS)


def is_accepted(header: str, parts: SignedParts = PARTS, key: bytes = KEY) -> bool:
    signature = read_signature(header)
    return signature is not None and is_signed_by(key, signature, parts)


def test_what_was_signed_is_accepted() -> None:
    assert is_accepted(HEADER)
    assert is_accepted(", ".join(reversed(HEADER.split(","))))


@pytest.mark.parametrize(
    "other",
    [
        PARTS._replace(method="GET"),
        PARTS._replace(host="other.example"),
        PARTS._replace(target=b"/conv?a=2"),
        PARTS._replace(target=b"/conv"),
        PARTS._replace(body=b""),
        PARTS._replace(body=PARTS.body + b" "),
    ],
)
def test_nothing_of_the_request_may_differ(other: SignedParts) -> None:
    assert not is_accepted(HEADER, other)


def test_nothing_moves_from_the_query_into_the_body() -> None:
    whole = SignedParts("POST", "acme.example", b"/conv?revenue=12.50", b"")
    moved = SignedParts("POST", "acme.example", b"/conv?revenue=12", b"50")
    header = write_signature(KEY, "abcd2345", NONCE, 1_790_000_000, whole)
    assert is_accepted(header, whole)
    assert not is_accepted(header, moved)


@pytest.mark.parametrize(
    "header",
    [
        HEADER.replace("t=1790000000", "t=1790000001"),
        HEADER.replace(NONCE, "another-nonce-16"),
        HEADER[:-1] + ("0" if HEADER[-1] != "0" else "1"),
    ],
)
def test_nothing_of_the_signature_may_differ(header: str) -> None:
    assert read_signature(header) is not None
    assert not is_accepted(header)


def test_another_key_signs_nothing() -> None:
    assert not is_accepted(HEADER, key=KEY[:-1] + b"x")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "v1=" + "a" * 64,
        HEADER + ",v1=" + "a" * 64,
        HEADER + ",v2=1",
        HEADER.replace("kid=abcd2345", "kid="),
        HEADER.replace(NONCE, "short"),
        HEADER.replace(NONCE, "n" * 65),
        HEADER.replace(NONCE, "nonce.of.16.char"),
        HEADER.replace("t=1790000000", "t=-5"),
        HEADER.replace("t=1790000000", "t=٣"),
        HEADER.upper(),
        "," * 401,
    ],
)
def test_another_form_is_none(header: str) -> None:
    assert read_signature(header) is None


@pytest.mark.parametrize(
    ("late_s", "is_fine"), [(TOLERANCE_S, True), (-TOLERANCE_S, True), (301, False), (-301, False)]
)
def test_it_holds_for_five_minutes_on_both_sides(late_s: int, is_fine: bool) -> None:
    signature = read_signature(HEADER)
    assert signature is not None
    assert is_timely(signature, 1_790_000_000 + late_s) is is_fine
