"""Hosts that mix alphabets are told from those that are written in one, or in those that belong together."""

import pytest

from tracking.links.alphabets import mixes_alphabets
from tracking.links.rules import normalise_destination


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("brand.example", False),
        ("münchen.example", False),
        ("\u0430pple.example", True),  # Cyrillic a
        ("pay.g\u03bfogle.example", True),  # Greek o
        ("\u0430\u0440\u0440\u04cf\u0435.example", False),  # Cyrillic alone
        ("почта.brand.example", False),
        ("почта-mail.example", True),
        ("почта-24.example", False),
        ("東京タワーとtokyo.example", False),
        ("서울seoul.example", False),
        ("東京\u0430.example", True),
        ("[::1]", False),
        ("xn--a.example", False),
    ],
)
def test_who_mixes_is_told(host: str, expected: bool) -> None:
    stored = normalise_destination(f"https://{host}/xn--path", is_tracking_host=lambda _: False)
    assert mixes_alphabets(stored) is expected
