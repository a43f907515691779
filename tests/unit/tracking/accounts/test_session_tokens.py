import base64
import datetime as dt
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.accounts.sessions import SESSION_START, SessionClaims, read_session, sign_session

SECRET = b"0123456789abcdef"
ENDS = dt.datetime(2030, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
CLAIMS = SessionClaims(7, 8, 9, None, ENDS, 10)
TOKEN = sign_session(CLAIMS, SECRET)
ids = st.integers(1, 2**63 - 1)


class TestReading:
    @given(ids, ids, ids, st.booleans(), st.integers(0, 2**63 - 1))
    def test_what_was_signed_is_read_again(
        self, account_id: int, key_id: int, subject: int, is_user: bool, nonce: int
    ) -> None:
        user_id, creator_id = (subject, None) if is_user else (None, subject)
        claims = SessionClaims(account_id, key_id, user_id, creator_id, ENDS, nonce)

        assert read_session(sign_session(claims, SECRET), SECRET) == claims

    @pytest.mark.feature("R11")
    @given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
    def test_no_changed_character_is_accepted(self, place: int, character: str) -> None:
        changed = TOKEN[:place] + character + TOKEN[place + 1 :]

        assert changed == TOKEN or read_session(changed, SECRET) is None

    @given(st.text())
    def test_garbage_says_nothing(self, text: str) -> None:
        assert read_session(text, SECRET) is None
        assert read_session(SESSION_START + text, SECRET) is None

    @pytest.mark.feature("R11")
    @pytest.mark.parametrize(
        "head",
        [
            {"alg": "none"},
            {"alg": "HS256", "kid": "../../dev/null"},
            {"alg": "HS256", "kid": "' UNION SELECT 'x"},
            {"alg": "RS256", "jku": "https://evil.example/keys"},
        ],
    )
    def test_tokens_of_other_kinds_choose_no_way_of_their_own(self, head: dict[str, str]) -> None:
        parts = [
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, {"sub": 9})
        ]
        tag = hmac.digest(b"", ".".join(parts).encode(), "sha256")
        for token in (".".join([*parts, ""]), ".".join([*parts, base64.urlsafe_b64encode(tag).decode()])):
            assert read_session(token, SECRET) is None
            assert read_session(SESSION_START + token, SECRET) is None

    def test_another_installation_reads_nothing(self) -> None:
        assert read_session(TOKEN, b"another secret of 16") is None

    def test_a_token_of_a_user_and_one_of_a_creator_differ_though_their_numbers_are_the_same(self) -> None:
        assert sign_session(CLAIMS._replace(user_id=None, creator_id=9), SECRET) != TOKEN
