"""Visitor keys: the same for the same visitor of a day, and nobody else's."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.clicks.visitors import hash_visitor, make_cookie, name_contact, read_cookie, write_cookie

SALT = b"s" * 32
SECRET = b"a cookie secret of the tests"
DAY = 20_000
DAY_HASH = bytes(range(16))


def hash_it(
    salt: bytes = SALT, account: int = 1, ip: str = "203.0.113.7", agent: bytes = b"ua", tongue: bytes = b"en"
) -> bytes:
    return hash_visitor(salt, account, ip, agent, tongue)


class TestDayHash:
    @pytest.mark.feature("LO7", "R5")
    def test_the_same_request_has_the_same_key(self) -> None:
        assert hash_it() == hash_it()
        assert len(hash_it()) == 16

    @pytest.mark.parametrize(
        "changed",
        [
            {"salt": b"t" * 32},
            {"account": 2},
            {"ip": "203.0.113.8"},
            {"agent": b"other"},
            {"tongue": b"de"},
            {"agent": b"ua\0en", "tongue": b""},
        ],
    )
    def test_another_salt_account_address_or_browser_has_another(self, changed: dict[str, object]) -> None:
        assert hash_it(**changed) != hash_it()  # type: ignore[arg-type] # one value of each type

    @pytest.mark.parametrize(
        ("one", "other", "is_same"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("203.0.113.7", "::ffff:203.0.113.7", True),
            ("203.0.113.7", "203.0.113.8", False),
        ],
    )
    def test_a_household_by_ipv6_is_its_64_network(self, one: str, other: str, is_same: bool) -> None:
        assert (hash_it(ip=one) == hash_it(ip=other)) is is_same

    def test_an_unknown_address_still_has_a_key(self) -> None:
        assert len(hash_it(ip="")) == 16


@pytest.mark.feature("TR8")
def test_a_contact_is_its_own_key_and_no_hash_can_be_one() -> None:
    assert name_contact(77) == b"\0" * 15 + b"M"


class TestCookie:
    @pytest.mark.feature("R5")
    def test_on_the_day_it_was_set_it_is_the_hash_that_came_before_it(self) -> None:
        cookie = make_cookie(DAY, DAY_HASH)
        read = read_cookie(b"a=b; ctv=" + write_cookie(cookie, SECRET) + b"; c=d", SECRET)
        assert read == cookie
        assert read.find_key(DAY) == DAY_HASH
        assert read.find_key(DAY + 1) == cookie.visitor_id != DAY_HASH

    def test_two_visitors_get_different_ids(self) -> None:
        assert make_cookie(DAY, DAY_HASH).visitor_id != make_cookie(DAY, DAY_HASH).visitor_id

    @given(st.integers(0, 47), st.integers(1, 255))
    def test_a_changed_cookie_is_not_ours(self, at: int, difference: int) -> None:
        value = bytearray(base64.urlsafe_b64decode(write_cookie(make_cookie(DAY, DAY_HASH), SECRET)))
        value[at] ^= difference
        assert read_cookie(b"ctv=" + base64.urlsafe_b64encode(value), SECRET) is None

    @pytest.mark.parametrize("header", [b"", b"ctv=", b"ctv=xxxx", b"other=1", b"ctv", b"ctv=\xff", b"xctv=1"])
    def test_other_headers_hold_none(self, header: bytes) -> None:
        assert read_cookie(header, SECRET) is None

    def test_another_secret_reads_nothing(self) -> None:
        value = write_cookie(make_cookie(DAY, DAY_HASH), SECRET)
        assert read_cookie(b"ctv=" + value, b"another secret of tests") is None
