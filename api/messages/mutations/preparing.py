"""Mutations that make messages and name their recipients."""

import asyncio
from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import ask_for_message_links, tell_redirectors
from api.bulk import make_item
from api.contacts.types import Contact, load_contact
from api.context import Context, Info
from api.creators.types import Creator, load_creator
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id, read_optional_id
from api.messages.mutations.texts import MessageTextInput
from api.messages.types import Message, load_message
from api.permissions import IsWriter
from tracking.messages.models import MessageStatus
from tracking.messages.recipients import Audience
from tracking.messages.service import AddedRecipient, NewMessage, add_message_recipients, prepare_message


@strawberry.input(one_of=True, description="Whom a message is for: exactly one of these.")
class MessageRecipientsInput:
    contact_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 1,000 contacts."
    )
    contact_external_ids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 1,000 contacts by your own ids."
    )
    creator_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 1,000 creators."
    )
    every_contact: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: every contact that the account has now, however many."
    )
    segment_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of a segment: everybody who is in it at this moment, however many. Whoever clicks later, or is"
        " added to your contacts, changes nothing of that.",
    )

    def read(self) -> Audience:
        if self.contact_ids:
            return Audience(contact_ids=_read_ids(self.contact_ids, "Contact"))
        if self.contact_external_ids:
            return Audience(contact_external_ids=tuple(self.contact_external_ids))
        if self.creator_ids:
            return Audience(creator_ids=_read_ids(self.creator_ids, "Creator"))
        if self.segment_id:
            return Audience(segment_id=read_id(self.segment_id, "Segment"))
        return Audience(every_contact=True) if self.every_contact else Audience(contact_ids=())


@strawberry.input(description="A message to prepare. It is not sent.")
class PrepareMessageInput(MessageTextInput):
    name: str = strawberry.field(description="For people: 1 to 200 characters.")
    creative_id: strawberry.ID | None = strawberry.field(default=None, description="Of what it looks like.")
    variant: str = strawberry.field(default="", description="Of an A/B test, such as A: at most 64 characters.")
    sharer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the user who sends it and is credited with its clicks."
    )
    recipients: MessageRecipientsInput | None = strawberry.field(
        default=None, description="The first of them; `addMessageRecipients` takes more. OPEN_WEBPAGE has none."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def read(self) -> NewMessage:
        draft = self.read_draft()._replace(
            creative_id=read_optional_id(self.creative_id, "Creative"),
            sharer_id=read_optional_id(self.sharer_id, "User"),
        )
        return NewMessage(self.name, draft, self.variant, self.recipients.read() if self.recipients else None)


@strawberry.type(description="The message is noted. The links of its recipients are being made, if it has any.")
class PrepareMessageSuccess:
    prepared_message: Message = strawberry.field(
        description="The new message, or that of the first call with the same key."
    )


@strawberry.input(description="More recipients of a message.")
class AddMessageRecipientsInput:
    message_id: strawberry.ID = strawberry.field(description="Of the message.")
    recipients: MessageRecipientsInput = strawberry.field(description="Who is one already stays one.")


@strawberry.type(description="Whom a message is for.")
class MessageRecipient:
    contact: Contact | None = strawberry.field(description="The contact; null for a creator.")
    creator: Creator | None = strawberry.field(description="The creator; null for a contact.")


@strawberry.type(description="What became of one recipient of the call.")
class AddMessageRecipientsItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the message is for them, since now or before.")
    node: MessageRecipient | None = strawberry.field(description="Who.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Everybody who is known is a recipient; each item says what became of one.")
class AddMessageRecipientsSuccess:
    prepared_message: Message = strawberry.field(description="As it is now.")
    items: list[AddMessageRecipientsItem] = strawberry.field(
        description="In the order of the input; empty for every contact and for a segment."
    )


PrepareMessageResult: TypeAlias = Annotated[
    PrepareMessageSuccess | InvalidInput | NotFound | Archived | IdempotencyConflict,
    strawberry.union("PrepareMessageResult", description="How it went."),
]
AddMessageRecipientsResult: TypeAlias = Annotated[
    AddMessageRecipientsSuccess | InvalidInput | NotFound | Archived,
    strawberry.union("AddMessageRecipientsResult", description="How it went."),
]


@strawberry.type
class MessagePreparing:
    @strawberry.mutation(
        description="Note a message and have the links of its recipients made. Nothing is sent: `Message.texts` hands"
        " out what to send.",
        permission_classes=[IsWriter],
    )
    async def prepare_message(
        self, info: Info, given: Annotated[PrepareMessageInput, strawberry.argument(name="input", description="It.")]
    ) -> PrepareMessageResult:
        context = info.context
        row = await prepare_message(context.account_id, given.read(), idempotency_key=given.idempotency_key)
        await tell_redirectors(context)
        return PrepareMessageSuccess(prepared_message=await _finish(context, row.id))

    @strawberry.mutation(
        description="Name more recipients of a message, at most 1,000 a call, every contact, or a segment."
        " Repeating it changes nothing.",
        permission_classes=[IsWriter],
    )
    async def add_message_recipients(
        self,
        info: Info,
        given: Annotated[AddMessageRecipientsInput, strawberry.argument(name="input", description="Whom.")],
    ) -> AddMessageRecipientsResult:
        context = info.context
        message_id = read_id(given.message_id, "Message")
        audience = given.recipients.read()
        added = await add_message_recipients(context.account_id, message_id, audience)
        message = await _finish(context, message_id)
        is_of_creators = audience.creator_ids is not None
        items = await asyncio.gather(*(_describe(context, each, is_of_creators=is_of_creators) for each in added))
        return AddMessageRecipientsSuccess(prepared_message=message, items=items)


async def _finish(context: Context, message_id: int) -> Message:
    message = await load_message(context, message_id)
    if message is None:
        raise LookupError("a message that was just there is gone")
    if message.status is MessageStatus.PREPARING:
        await ask_for_message_links(context, message_id)
    return message


async def _describe(context: Context, added: AddedRecipient, *, is_of_creators: bool) -> AddMessageRecipientsItem:
    node = None
    if added.recipient_id is not None:
        creator = await load_creator(context, added.recipient_id) if is_of_creators else None
        contact = None if is_of_creators else await load_contact(context, added.recipient_id)
        node = MessageRecipient(contact=contact, creator=creator)
    return make_item(AddMessageRecipientsItem, added.place, node, added.error)


def _read_ids(global_ids: list[strawberry.ID], type_name: str) -> tuple[int, ...]:
    return tuple(read_id(global_id, type_name) for global_id in global_ids)
