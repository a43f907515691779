"""Clicks by id, and those of links, together."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.bots.policies.queries import Policies, read_policies
from tracking.clicks.filters import ClickFilter, settle_filter
from tracking.clicks.listing import ClickPage, list_clicks_of_links
from tracking.clicks.queries import StoredClick, find_clicks
from tracking.clicks.reclassifications import Reclassification, list_reclassifications


def make_click_loader(context: Context) -> DataLoader[UUID, StoredClick | None]:
    async def load(click_ids: list[UUID]) -> list[StoredClick | None]:
        found = await find_clicks(context.pool, context.account_id, click_ids)
        return [found.get(click_id) for click_id in click_ids]

    return DataLoader(load_fn=load)


def make_link_click_page_loader(context: Context) -> DataLoader[tuple[ClickPage, int], list[StoredClick]]:
    return make_page_loader(context, list_clicks_of_links)


def make_settled_filter_loader(context: Context) -> DataLoader[ClickFilter, ClickFilter]:
    """The same filter on many nodes is settled once."""

    async def load(given: list[ClickFilter]) -> list[ClickFilter]:
        return [await settle_filter(context.pool, context.account_id, each) for each in given]

    return DataLoader(load_fn=load, cache_key_fn=repr)


def make_reclassification_loader(context: Context) -> DataLoader[UUID, list[Reclassification]]:
    """By click."""

    async def load(click_ids: list[UUID]) -> list[list[Reclassification]]:
        found = await list_reclassifications(context.pool, context.account_id, click_ids)
        return [found.get(click_id, []) for click_id in click_ids]

    return DataLoader(load_fn=load)


def make_policies_loader(context: Context) -> DataLoader[int, Policies]:
    """By link: bot policies of any time that can have held for its clicks."""

    async def load(link_ids: list[int]) -> list[Policies]:
        found = await read_policies(context.pool, [context.account_id], link_ids)
        return [found] * len(link_ids)

    return DataLoader(load_fn=load)
