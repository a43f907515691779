"""Which reports are one: a repeat says nothing new, however it is spelled."""

import msgspec
import pytest

from tests.converting import make_report as make_event
from tracking.conversions.reports import make_report

FIRST = make_event(1, revenue="12.50", coupon="Bob20", click_ids=[b"a" * 16, b"b" * 16])


@pytest.mark.feature("TR13")
@pytest.mark.parametrize(
    ("changed", "is_same"),
    [
        ({"revenue": "12.5"}, True),
        ({"revenue": "12.51"}, False),
        ({"revenue": ""}, False),
        ({"coupon": "BOB20"}, True),
        ({"coupon": "bob2"}, False),
        ({"click_ids": [b"b" * 16, b"a" * 16]}, True),
        ({"click_ids": [b"b" * 16]}, False),
        ({"received_at_ms": FIRST.received_at_ms + 1}, True),
    ],
)
def test_a_report_is_the_same_by_what_it_says(changed: dict[str, object], is_same: bool) -> None:
    other = msgspec.structs.replace(FIRST, **changed)
    assert (make_report(other).digest == make_report(FIRST).digest) is is_same
