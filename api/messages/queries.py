"""Root fields about messages."""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.ids import read_key, read_optional_id
from api.messages.types import Message, load_message
from api.nodes import register_node
from api.pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    OrderDirection,
    PageArguments,
    make_connection,
    read_page,
)
from api.permissions import IsReader
from tracking.messages.models import Channel, MessageStatus
from tracking.messages.queries import MessageFilter as WantedMessages
from tracking.messages.queries import MessageRow, list_messages


@strawberry.input(description="Which messages. What is left out or null restricts nothing.")
class MessageFilter:
    channels: list[Channel] | None = strawberry.field(default=None, description="By any of these ways.")
    statuses: list[MessageStatus] | None = strawberry.field(default=None, description="In any of these statuses.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of this campaign.")
    creative_id: strawberry.ID | None = strawberry.field(default=None, description="With this creative.")
    sharer_id: strawberry.ID | None = strawberry.field(default=None, description="Sent by this user.")
    variant: str | None = strawberry.field(default=None, description="Of this variant, exactly.")
    search: str | None = strawberry.field(default=None, description="With this in the name, in any case.")

    def read(self) -> WantedMessages:
        return WantedMessages(
            channels=self.channels,
            statuses=self.statuses,
            campaign_id=read_optional_id(self.campaign_id, "Campaign"),
            creative_id=read_optional_id(self.creative_id, "Creative"),
            sharer_id=read_optional_id(self.sharer_id, "User"),
            variant=self.variant,
            search=self.search,
        )


class MessageOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


publish_enum(
    MessageOrderField,
    "What messages are sorted by.",
    {
        MessageOrderField.CREATED_AT: "When they were made.",
        MessageOrderField.NAME: "Their names, in any case.",
    },
)


@strawberry.input(description="What messages are sorted by, and which end comes first.")
class MessageOrder:
    field: MessageOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


Filter: TypeAlias = Annotated[MessageFilter | None, strawberry.argument(description="Which ones; all when left out.")]
Order: TypeAlias = Annotated[
    MessageOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
]


async def find_message(context: Context, key: str) -> Message | None:
    return await load_message(context, read_key(key))


register_node("Message", find_message)


async def connect_messages(
    context: Context, wanted: WantedMessages, order: MessageOrder | None, arguments: PageArguments
) -> Connection[Message]:
    """One page in one statement."""
    field = order.field if order else MessageOrderField.CREATED_AT
    direction = order.direction if order else OrderDirection.DESC
    is_by_id = field is MessageOrderField.CREATED_AT
    key_type: Any = tuple[int] if is_by_id else tuple[str, int]
    page = read_page(*arguments, key_type=key_type, order=f"messages.{field.name}.{direction.name}")
    rows = await list_messages(
        context.pool,
        context.account_id,
        wanted,
        page.window,
        sort_by=field.name,
        is_descending=direction is OrderDirection.DESC,
    )

    def find_key(row: MessageRow) -> tuple[Any, ...]:
        return (row.id,) if is_by_id else (row.sort_key, row.id)

    return make_connection(rows, page, Message.from_row, find_key)


@strawberry.type
class MessageQuery:
    @strawberry.field(description="The account's messages.", permission_classes=[IsReader])
    async def messages(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Message]:
        wanted = filter.read() if filter else WantedMessages()
        return await connect_messages(info.context, wanted, order_by, PageArguments(first, after, last, before))
