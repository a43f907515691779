"""The mutation by which the sender of a message tells what became of it."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.bulk import make_item
from api.contacts.loaders import make_contact_loader
from api.contacts.types import Contact
from api.context import Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import UNKNOWN_KEY, read_id
from api.messages.types import Message, load_message
from api.permissions import IsWriter
from tracking.messages.deliveries import ToldDelivery, record_deliveries
from tracking.messages.models import DeliveryStatus


@strawberry.input(one_of=True, description="Who was sent the message: exactly one of these.")
class DeliveredContactInput:
    contact_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="The contact's id.")
    external_id: str | None = strawberry.field(default=strawberry.UNSET, description="Your own id of the contact.")


@strawberry.input(description="What became of the message for one recipient.")
class DeliveryInput:
    contact: DeliveredContactInput = strawberry.field(description="Who.")
    status: DeliveryStatus = strawberry.field(description="What became of it.")
    at: dt.datetime = strawberry.field(
        description="When. The latest report of a recipient stands, in whatever order reports come."
    )

    def read(self) -> ToldDelivery:
        if isinstance(self.contact.contact_id, str):
            contact_id = read_id(self.contact.contact_id, "Contact")
            return ToldDelivery(self.status, self.at, contact_id=contact_id)
        return ToldDelivery(self.status, self.at, external_id=self.contact.external_id or "")


@strawberry.input(description="What the sender tells of a message.")
class RecordDeliveriesInput:
    message_id: strawberry.ID = strawberry.field(description="Of the message.")
    deliveries: list[DeliveryInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of one report.")
class RecordDeliveriesItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when it was taken, also when a later one stands.")
    node: Contact | None = strawberry.field(description="Whom it was about.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every report that could be taken was; each item says what became of one.")
class RecordDeliveriesSuccess:
    prepared_message: Message = strawberry.field(description="As it is now.")
    items: list[RecordDeliveriesItem] = strawberry.field(description="In the order of the input.")


RecordDeliveriesResult: TypeAlias = Annotated[
    RecordDeliveriesSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RecordDeliveriesResult", description="How it went."),
]


@strawberry.type
class MessageDelivering:
    @strawberry.mutation(
        description="Tell what became of a message, as its sender knows it: what is sent is counted by this.",
        permission_classes=[IsWriter],
    )
    async def record_deliveries(
        self, info: Info, given: Annotated[RecordDeliveriesInput, strawberry.argument(name="input", description="It.")]
    ) -> RecordDeliveriesResult:
        context = info.context
        message_id = read_id(given.message_id, "Message")
        told = [delivery.read() for delivery in given.deliveries]
        outcomes = await record_deliveries(context.account_id, message_id, told, idempotency_key=given.idempotency_key)
        message = await load_message(context, message_id)
        if message is None:
            raise LookupError("a message that was just there is gone")
        rows = await context.loader(make_contact_loader).load_many(
            [outcome.contact_id for outcome in outcomes if outcome.contact_id is not None]
        )
        nodes = {row.id: Contact.from_row(row) for row in rows if row}
        return RecordDeliveriesSuccess(
            prepared_message=message,
            items=[
                make_item(RecordDeliveriesItem, each.place, nodes.get(each.contact_id or UNKNOWN_KEY), each.error)
                for each in outcomes
            ],
        )
