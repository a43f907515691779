"""Reads how messages did, and their recipients, in pages."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import strawberry

from api.contacts.loaders import make_contact_loader
from api.contacts.types import Contact
from api.context import Context
from api.message_performances.types import MessagePerformance, RecipientClicks, SlotPerformance
from api.messages.loaders import make_delivery_loader
from api.pagination import Connection, PageArguments, find_shown, make_connection, read_page
from api.ranged_metrics.queries import load_metrics, read_optional_range
from api.reports.types import DateRange
from api.scalars import BigInt
from tracking.messages.recipient_clicks import RecipientClicks as ClicksRow
from tracking.messages.recipient_clicks import list_recipient_clicks
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope


@strawberry.input(description="Which recipients. What is left out restricts nothing.")
class RecipientClicksFilter:
    has_clicked: bool | None = strawberry.field(
        default=None, description="True: who made a click that counts. False: who made none."
    )


RecipientFilterArgument: TypeAlias = Annotated[
    RecipientClicksFilter | None, strawberry.argument(description="Which ones; all when left out.")
]


async def make_message_performance(
    context: Context, message_id: int, slots: Sequence[int], wanted: DateRange | None
) -> MessagePerformance:
    resolved = await read_optional_range(context, wanted)
    told = await context.loader(make_delivery_loader).load(message_id)
    sent = told.sent if told else None
    subjects = [
        Subject(Scope.MESSAGE, message_id),
        *(Subject(Scope.MESSAGE_SLOT, message_id, slot) for slot in slots),
    ]
    metrics = await load_metrics(context, subjects, resolved)
    return MessagePerformance(
        sent=None if told is None else BigInt(told.sent),
        delivered=None if told is None else BigInt(told.delivered),
        bounced=None if told is None else BigInt(told.bounced),
        failed=None if told is None else BigInt(told.failed),
        metrics=metrics[0],
        slots=[
            SlotPerformance(slot=slot, metrics=each, sent=sent) for slot, each in zip(slots, metrics[1:], strict=True)
        ],
    )


async def connect_recipient_clicks(
    context: Context, message_id: int, wanted: RecipientClicksFilter | None, arguments: PageArguments
) -> Connection[RecipientClicks]:
    has_clicked = wanted.has_clicked if wanted else None
    page = read_page(*arguments, key_type=tuple[int], order="recipientClicks")
    rows = await list_recipient_clicks(
        context.pool, context.account_id, message_id, has_clicked=has_clicked, window=page.window
    )
    ids = [row.contact_id for row in find_shown(rows, page)]
    contacts = dict(zip(ids, await context.loader(make_contact_loader).load_many(ids), strict=True))

    def describe(row: ClicksRow) -> RecipientClicks:
        contact = contacts[row.contact_id]
        if contact is None:
            raise LookupError("a contact that was just there is gone")
        return RecipientClicks(
            contact=Contact.from_row(contact),
            delivery=row.delivery,
            first_clicked_at=row.first_clicked_at,
            counted_clicks=BigInt(row.counted_clicks),
            total_clicks=BigInt(row.total_clicks),
        )

    return make_connection(rows, page, describe, lambda row: (row.contact_id,))
