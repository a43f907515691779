"""The token of an opt-out address: it says where to, and nobody else can write one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.errors import InvalidInputError
from tracking.links.opt_out import MAX_OPT_OUT_CHARS, read_opt_out, sign_opt_out
from tracking.settings import ClickTokenKey

KEY = ClickTokenKey(1, b"s" * 32)
NEW_KEY = ClickTokenKey(2, b"n" * 32)
DESTINATION = "https://brand.example/stop?list=7&who=a%20b#done"
PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=300)


@pytest.mark.feature("TR24", "R9")
class TestToken:
    @given(PRINTABLE)
    def test_what_was_signed_is_read(self, rest: str) -> None:
        token = sign_opt_out([KEY], f"https://{rest}")
        assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
        assert read_opt_out([KEY], token) == f"https://{rest}"

    def test_it_is_the_same_each_time(self) -> None:
        assert sign_opt_out([KEY], DESTINATION) == sign_opt_out([KEY], DESTINATION)

    def test_the_longest_one_fits_every_mail_program(self) -> None:
        longest = "https://brand.example/".ljust(MAX_OPT_OUT_CHARS, "a")
        token = sign_opt_out([KEY], longest)
        assert len(f"https://links.brand.example/o/{token}") < 2_083
        assert read_opt_out([KEY], token) == longest

    @pytest.mark.parametrize(
        "destination",
        [
            "https://brand.example/".ljust(MAX_OPT_OUT_CHARS + 1, "a"),
            "javascript:alert(1)",
            "https://brand.example/a b",
            "https://brand.example/\r\nset-cookie: x=1",
            "https://bränd.example/",
            "",
        ],
    )
    def test_what_is_no_web_address_is_not_signed(self, destination: str) -> None:
        with pytest.raises(InvalidInputError):
            sign_opt_out([KEY], destination)

    @pytest.mark.parametrize("other", [ClickTokenKey(1, b"t" * 32), ClickTokenKey(2, b"s" * 32)])
    def test_one_of_another_key_is_nothing(self, other: ClickTokenKey) -> None:
        assert read_opt_out([other], sign_opt_out([KEY], DESTINATION)) is None

    def test_one_in_a_message_that_was_sent_outlives_the_change_of_keys(self) -> None:
        sent = sign_opt_out([KEY], DESTINATION)
        assert read_opt_out([NEW_KEY, KEY], sent) == DESTINATION
        assert sign_opt_out([NEW_KEY, KEY], DESTINATION) == sign_opt_out([NEW_KEY], DESTINATION) != sent

    @given(st.data())
    def test_a_changed_one_is_nothing(self, data: st.DataObject) -> None:
        token = sign_opt_out([KEY], DESTINATION)
        place = data.draw(st.integers(0, len(token) - 2))  # the last character may hold bits that mean nothing
        other = data.draw(st.sampled_from("abcABC-_019").filter(lambda character: character != token[place]))
        assert read_opt_out([KEY], token[:place] + other + token[place + 1 :]) is None

    @given(st.text(max_size=200))
    def test_any_other_text_is_nothing(self, text: str) -> None:
        assert read_opt_out([KEY], text) is None

    def test_a_text_of_any_length_is_refused_unread(self) -> None:
        assert read_opt_out([KEY], "a" * 100_000) is None
