"""Messages by id, and what belongs to them, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.messages.composing import Slot
from tracking.messages.queries import (
    DeliveryCounts,
    MessageRow,
    count_deliveries,
    find_action_pages,
    find_messages,
    find_shared_links,
    list_slots_of,
)
from tracking.messages.texts import read_shared_texts
from tracking.messages.wording import Wording


def make_message_loader(context: Context) -> DataLoader[int, MessageRow | None]:
    return make_row_loader(context, find_messages)


def make_slot_loader(context: Context) -> DataLoader[int, list[Slot]]:
    """By message."""

    async def load(ids: list[int]) -> list[list[Slot]]:
        found = await list_slots_of(context.pool, context.account_id, ids)
        return [found.get(message_id, []) for message_id in ids]

    return DataLoader(load_fn=load)


def make_shared_link_loader(context: Context) -> DataLoader[tuple[int, int], int]:
    """The id of the link to copy, 0 for none, by message and number of the slot."""

    async def load(keys: list[tuple[int, int]]) -> list[int]:
        found = await find_shared_links(context.pool, context.account_id, {message_id for message_id, _ in keys})
        return [found.get(key, 0) for key in keys]

    return DataLoader(load_fn=load)


def make_action_page_loader(context: Context) -> DataLoader[int, int]:
    """The id of the ACTION_PAGE link, 0 for none, by message."""

    async def load(ids: list[int]) -> list[int]:
        found = await find_action_pages(context.pool, context.account_id, ids)
        return [found.get(message_id, 0) for message_id in ids]

    return DataLoader(load_fn=load)


def make_shared_text_loader(context: Context) -> DataLoader[int, Wording | None]:
    """The text to copy, by message; None where it is for a recipient only."""

    async def load(ids: list[int]) -> list[Wording | None]:
        rows = await context.loader(make_message_loader).load_many(ids)
        slots = await context.loader(make_slot_loader).load_many(ids)
        messages = [(row, of_it) for row, of_it in zip(rows, slots, strict=True) if row is not None]
        found = await read_shared_texts(context.pool, messages, context.settings)
        return [found.get(message_id) for message_id in ids]

    return DataLoader(load_fn=load)


def make_delivery_loader(context: Context) -> DataLoader[int, DeliveryCounts | None]:
    """What the sender told of each message; None where it told nothing."""

    async def load(ids: list[int]) -> list[DeliveryCounts | None]:
        found = await count_deliveries(context.pool, context.account_id, ids)
        return [found.get(message_id) for message_id in ids]

    return DataLoader(load_fn=load)
