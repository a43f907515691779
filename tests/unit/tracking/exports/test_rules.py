"""What the file of an export is called."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tracking.exports.models import ExportFormat, ExportKind
from tracking.exports.parameters import ExportParameters
from tracking.exports.rules import Named, name_file

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = dt.datetime(2026, 11, 21, 14, 3, 20, tzinfo=dt.UTC)

pytestmark = pytest.mark.feature("IM21")


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        (None, None, "all"),
        ("2026-10-01T00:00", "2026-11-01T00:00", "2026-10-01_2026-10-31"),  # over a change of clocks
        ("2026-10-25T00:00", "2026-10-26T00:00", "2026-10-25_2026-10-25"),
        (None, "2026-11-01T00:00", "all_2026-10-31"),
        ("2026-10-01T00:00", "2026-10-01T18:00", "2026-10-01T0000_2026-10-01T1800"),
        ("2026-10-01T06:30", "2026-10-02T00:00", "2026-10-01T0630_2026-10-02T0000"),
    ],
)
def test_a_file_says_its_days_or_its_moments_by_the_clocks_of_the_account(
    start: str | None, end: str | None, name: str
) -> None:
    range_start, range_end = (
        at and dt.datetime.fromisoformat(at).replace(tzinfo=BERLIN).astimezone(dt.UTC) for at in (start, end)
    )
    parameters = ExportParameters(range_start=range_start or None, range_end=range_end or None)

    named = name_file(Named(ExportKind.CLICKS, ExportFormat.CSV, "acme", parameters, BERLIN, AS_OF))

    assert named == f"clicks_acme_{name}_at_20261121T140320Z.csv"
