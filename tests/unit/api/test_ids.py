import base64
from uuid import UUID, uuid4

import pytest

from api.ids import UNKNOWN_KEY, decode_id, encode_id, read_id, read_optional_id, read_uuid_key


def encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("key", [1, 42, 2**63 - 1])
def test_an_id_comes_back_as_it_went(key: int) -> None:
    assert decode_id(encode_id("Link", key), "Link") == key


def test_a_click_id_comes_back_as_it_went() -> None:
    click_id = uuid4()

    assert read_uuid_key(str(click_id)) == click_id


def test_an_id_of_another_type_is_unknown() -> None:
    assert decode_id(encode_id("Campaign", 5), "Link") is None


@pytest.mark.feature("R11")
def test_an_argument_that_is_no_id_stands_for_no_row() -> None:
    assert read_id(encode_id("Campaign", 5), "Link") == UNKNOWN_KEY
    assert read_optional_id("garbage", "Link") == UNKNOWN_KEY
    assert read_optional_id(None, "Link") is None


@pytest.mark.parametrize(
    "text",
    ["Link:0", "Link:-1", "Link:+1", "Link:01", "Link:1 ", "Link:\u0661", f"Link:{2**63}", f"Link:{'9' * 40}", "Link:"],
)
def test_a_key_in_any_other_form_is_unknown(text: str) -> None:
    assert decode_id(encode(text), "Link") is None


@pytest.mark.parametrize("global_id", ["", "5", "====", "ÿ", "TGluaw", "\ud800", "A" * 10_000])
def test_garbage_is_unknown(global_id: str) -> None:
    assert decode_id(global_id, "Link") is None


def test_another_spelling_of_a_click_id_is_unknown() -> None:
    click_id = UUID("0198a2c0-0000-7000-8000-000000000001")

    assert read_uuid_key(click_id.hex) is None
    assert read_uuid_key(f"{{{click_id}}}") is None
