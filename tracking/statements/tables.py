"""A statement as a table for spreadsheets: a row for each figure that is not zero. Pure."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from tracking.exports.formats.cells import defuse
from tracking.graph_ids import write_graph_id
from tracking.money import write_amount
from tracking.reports.dimensions import NONE_KEY
from tracking.reports.outcomes import NO_CURRENCY
from tracking.reports.scopes import NO_KEY
from tracking.statements.figures import with_sums
from tracking.statements.rules import Content, Line

HEADER: Final = ("creator_id", "creator_handle", "part", "figure", "currency", "amount")
_PARTS: Final = ("period", "adjustments", "to_date")


def write_table(content: Content) -> str:
    """CSV as of RFC 4180. Totals are left out, so that columns can be added up."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for line in content.lines:
        writer.writerows(_list_rows(line))
    return text.getvalue()


def _list_rows(line: Line) -> Iterator[Sequence[str]]:
    creator_id = "" if line.creator_id == NO_KEY else write_graph_id("Creator", line.creator_id)
    handle = NONE_KEY if line.creator_id == NO_KEY else defuse(line.handle)
    for part in _PARTS:
        for (figure, currency), amount in sorted(with_sums(getattr(line, part)).items()):
            written = str(amount) if currency == NO_CURRENCY else str(write_amount(amount, currency))
            yield creator_id, handle, part, figure, currency, written
