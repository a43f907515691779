"""Writes conversions, and what takes them back, as reports that the account's own people make."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from tracking.clicks.zones import ZoneChangedError
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.importing import Addition, import_conversions
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.reading import GivenReport, KnownReport, RefusalCode, ReportError, read_report
from tracking.imports.cells import Cells
from tracking.imports.rules import Outcome, ProblemCode, RowResult
from tracking.imports.writers.batches import Batch, InterferedError, Writer
from tracking.imports.writers.conversion_references import ConversionReferences, find_conversion_references

# From the text that a destination got to the id of the click; None for what we never signed.
ReadClickId: TypeAlias = Callable[[str], bytes | None]

_CODES: Final = {RefusalCode.MISSING: ProblemCode.REQUIRED}
_OUTCOMES: Final = {
    Addition.CONVERSION: Outcome.CREATED,
    Addition.REPORT: Outcome.UPDATED,
    Addition.NOTHING: Outcome.UNCHANGED,
}


def make_conversion_writer(read_click_id: ReadClickId) -> Writer:
    async def write(batch: Batch) -> list[RowResult]:
        references = await find_conversion_references(batch)
        read = [read_row(row, batch.account_id, references, read_click_id) for row in batch.rows]
        events = [each for each in read if isinstance(each, ConversionEvent)]
        outcomes = iter(await _store(batch, events) if events else [])
        return [next(outcomes) if isinstance(each, ConversionEvent) else each.problems for each in read]

    return write


def read_row(
    row: Mapping[str, str], account_id: int, references: ConversionReferences, read_click_id: ReadClickId
) -> ConversionEvent | Cells:
    """The cells with their problems, where there are any."""
    cells = Cells(row)
    link_id = references.read_link(cells)
    offer = references.read_offer(cells)
    known = KnownReport(
        account_id=account_id,
        received_at_ms=now_ms(),
        source=Source.IMPORT,
        proof=Proof.API_KEY,
        read_click_id=read_click_id,
        currency=offer.currency if offer else "",
        link_id=link_id,
        offer_id=offer.offer_id if offer else None,
    )
    try:
        event = read_report(_read_given(row), known)
    except ReportError as error:
        cells.refuse(error.field, _CODES.get(error.code, ProblemCode.INVALID), error.message)
        return cells
    return cells if cells.problems else event


def _read_given(row: Mapping[str, str]) -> GivenReport:
    return GivenReport(
        event=row.get("event", ""),
        txn_id=row.get("txn_id", ""),
        refund_id=row.get("refund_id", ""),
        revenue=row.get("revenue", ""),
        currency=row.get("currency", ""),
        occurred_at=row.get("occurred_at", ""),
        coupon=row.get("coupon", ""),
        click_ids=(row.get("click_id", ""),),
    )


async def _store(batch: Batch, events: Sequence[ConversionEvent]) -> list[Outcome]:
    try:
        async with batch.connection.acquire_connection() as connection:
            additions = await import_conversions(connection, events)
    except ZoneChangedError as error:
        raise InterferedError from error
    return [_OUTCOMES[addition] for addition in additions]
