"""The texts of a message, page by page."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Final, TypeAlias

import strawberry

from api.context import Context
from api.ids import read_optional_id
from api.message_texts.types import MessageText
from api.pagination import Connection, PageArguments, make_connection, read_page
from tracking.messages.composing import Slot
from tracking.messages.queries import MessageRow
from tracking.messages.texts import TextFilter, list_texts

MAX_TEXTS: Final = 1_000


@strawberry.input(description="Which texts. What is left out or null restricts nothing.")
class MessageTextFilter:
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="For this contact.")
    creator_id: strawberry.ID | None = strawberry.field(default=None, description="For this creator.")
    is_prepared: bool | None = strawberry.field(default=None, description="Prepared ones, or those that are not yet.")


@strawberry.enum(description="What texts are sorted by.")
class MessageTextOrder(Enum):
    FIRST_NAMED_FIRST = strawberry.enum_value(
        "FIRST_NAMED_FIRST", description="In the order in which recipients were named."
    )
    LAST_NAMED_FIRST = strawberry.enum_value("LAST_NAMED_FIRST", description="The other way round.")


TextFilterArgument: TypeAlias = Annotated[
    MessageTextFilter | None, strawberry.argument(description="Which ones; all when left out.")
]
TextOrderArgument: TypeAlias = Annotated[MessageTextOrder, strawberry.argument(description="What comes first.")]


async def connect_texts(
    context: Context,
    message: MessageRow,
    slots: Sequence[Slot],
    wanted: MessageTextFilter | None,
    *,
    order: MessageTextOrder,
    arguments: PageArguments,
) -> Connection[MessageText]:
    """Recipients who are added while somebody pages come at the end."""
    page = read_page(*arguments, key_type=tuple[int], order=f"texts.{message.id}.{order.value}", max_page=MAX_TEXTS)
    given = wanted or MessageTextFilter()
    rows = await list_texts(
        context.pool,
        message,
        slots,
        TextFilter(
            read_optional_id(given.contact_id, "Contact"),
            read_optional_id(given.creator_id, "Creator"),
            given.is_prepared,
        ),
        page.window,
        settings=context.settings,
        is_descending=order is MessageTextOrder.LAST_NAMED_FIRST,
    )
    return make_connection(rows, page, MessageText.from_row, lambda row: (row.position,))
