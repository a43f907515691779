"""How long exports are kept, how many an account may have open, and what their files are called. Pure."""

import datetime as dt
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tracking.exports.formats.choosing import EXTENSIONS
from tracking.exports.models import ExportFormat, ExportKind
from tracking.exports.parameters import ExportParameters

KEPT: Final = dt.timedelta(days=7)
# One that is not done by then never will be: whatever stops its worker would stop the next one, too.
GIVEN_UP_AFTER: Final = dt.timedelta(days=1)
MAX_OPEN: Final = 20  # of an account
# Of an account, of files that are kept: more than a hundred schedules of every hour make in a week.
MAX_FILES: Final = 20_000
MAX_BYTES: Final = 20 * 2**30  # as they are fetched
REMEMBERED: Final = dt.timedelta(days=90)  # after its file is gone, or it failed
CHUNK_BYTES: Final = 2**20


class Named(NamedTuple):
    """What the name of a file says."""

    kind: ExportKind
    format: ExportFormat
    slug: str
    parameters: ExportParameters
    zone: ZoneInfo
    as_of: dt.datetime


def name_file(named: Named) -> str:
    """Such as clicks_acme_2026-10-01_2026-10-31_at_20261121T140320Z.csv; a range that is no days has its moments."""
    kind = named.kind.value.lower().replace("_", "-")
    words = [kind, named.slug, *_name_range(named.parameters, named.zone)]
    return f"{'_'.join(words)}_at_{named.as_of:%Y%m%dT%H%M%SZ}.{EXTENSIONS[named.format]}"


def _name_range(parameters: ExportParameters, zone: ZoneInfo) -> list[str]:
    start, end = parameters.range_start, parameters.range_end
    if start is None and end is None:
        return ["all"]
    first, last = (None if at is None else at.astimezone(zone) for at in (start, end))
    if all(at is None or at.time() == dt.time() for at in (first, last)):
        last = last and last - dt.timedelta(days=1)
        return [f"{at:%Y-%m-%d}" if at else "all" for at in (first, last)]
    return [f"{at:%Y-%m-%dT%H%M}" if at else "all" for at in (first, last)]
