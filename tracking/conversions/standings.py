"""How conversions stand, between its columns and the rules; and the ledger of how they stood. Plain SQL."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.conversions.deciding import Decision, Standing
from tracking.conversions.kinds import EntryCause, Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.rules import Labels
from tracking.database import list_columns
from tracking.money import Money

_STANDING: Final = {
    "status": "smallint",
    "reason": "smallint",
    "trust": "smallint",
    "source": "smallint",
    "proof": "smallint",
    "occurred_at": "timestamptz",
    "received_at": "timestamptz",
    "method": "smallint",
    "click_id": "uuid",
    "clicked_at": "timestamptz",
    "link_id": "bigint",
    "campaign_id": "bigint",
    "creator_id": "bigint",
    "message_id": "bigint",
    "slot": "smallint",
    "contact_id": "bigint",
    "offer_id": "bigint",
    "sharer_id": "bigint",
    "value_minor": "bigint",
    "value_currency": "text",
    "payout_minor": "bigint",
    "payout_currency": "text",
    "is_counted": "boolean",
}
_NOT_OF_AN_ENTRY: Final = frozenset({"source", "proof", "received_at"})
_PARAMETERS: Final = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_STANDING.values(), 3))
_UPDATE: Final = f"""
    UPDATE conversion SET entry = conversion.entry + 1, {", ".join(f"{name} = new.{name}" for name in _STANDING)}
    FROM unnest($1::uuid[], $2::integer[], {_PARAMETERS}) AS new (id, entry, {", ".join(_STANDING)})
    WHERE conversion.id = new.id AND conversion.entry = new.entry
"""
_ENTRY_COLUMNS: Final = (
    "conversion_id",
    "entry",
    "account_id",
    "cause",
    "receipt",
    *(name for name in _STANDING if name not in _NOT_OF_AN_ENTRY),
)
_CANDIDATES: Final = """
    INSERT INTO conversion_candidate (conversion_id, click_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[]) ORDER BY 1, 2
    ON CONFLICT DO NOTHING
"""
_RECHECKS: Final = """
    UPDATE conversion SET recheck_at = new.recheck_at
    FROM unnest($1::uuid[], $2::timestamptz[]) AS new (id, recheck_at)
    WHERE conversion.id = new.id
"""


class Change(NamedTuple):
    """`before` is None for a conversion that is new."""

    row: Any
    before: Standing | None
    decision: Decision
    cause: EntryCause

    @property
    def conversion_id(self) -> UUID:
        conversion_id: UUID = self.row["id"]
        return conversion_id

    @property
    def account_id(self) -> int:
        return int(self.row["account_id"])

    @property
    def after(self) -> Standing:
        return self.decision.standing


def read_standing(row: Any) -> Standing:
    return Standing(
        status=Status(row["status"]),
        reason=StandingReason(row["reason"]),
        trust=Trust(row["trust"]),
        source=Source(row["source"]),
        proof=Proof(row["proof"]),
        occurred_at=row["occurred_at"],
        received_at=row["received_at"],
        method=Method(row["method"]),
        click_id=row["click_id"],
        clicked_at=row["clicked_at"],
        labels=Labels(*(row[name] for name in Labels._fields)),
        value=_read_money(row["value_minor"], row["value_currency"]),
        payout=_read_money(row["payout_minor"], row["payout_currency"]),
        is_counted=row["is_counted"],
    )


def _read_money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)


def write_standing(standing: Standing) -> list[Any]:
    """In the order of the columns."""
    named = standing._asdict()
    labels: Labels = named.pop("labels")
    value, payout = named.pop("value"), named.pop("payout")
    named |= labels._asdict()
    named |= {"value_minor": value and value.amount_minor, "value_currency": value and value.currency}
    named |= {"payout_minor": payout and payout.amount_minor, "payout_currency": payout and payout.currency}
    return [named[name] for name in _STANDING]


async def write_changes(connection: asyncpg.Connection, changes: Sequence[Change]) -> None:
    """What stands, an entry of the ledger for each, and the clicks that were looked at."""
    if not changes:
        return
    rows = [(change.conversion_id, change.row["entry"], *write_standing(change.after)) for change in changes]
    await connection.execute(_UPDATE, *list_columns(rows))
    entries = [_write_entry(change) for change in changes]
    await connection.copy_records_to_table("conversion_entry", records=entries, columns=_ENTRY_COLUMNS)
    pairs = [
        (change.conversion_id, UUID(candidate.click_id))
        for change in changes
        for candidate in change.decision.receipt.candidates
    ]
    if pairs:
        await connection.execute(_CANDIDATES, *list_columns(pairs))


def _write_entry(change: Change) -> tuple[Any, ...]:
    written = dict(zip(_STANDING, write_standing(change.after), strict=True))
    standing = (written[name] for name in _STANDING if name not in _NOT_OF_AN_ENTRY)
    head = (change.conversion_id, change.row["entry"] + 1, change.account_id, change.cause)
    return (*head, change.decision.written_receipt, *standing)


async def write_rechecks(connection: asyncpg.Connection, rechecks: Mapping[UUID, dt.datetime | None]) -> None:
    if rechecks:
        await connection.execute(_RECHECKS, *list_columns(rechecks.items()))
