"""Deliverables by id or by campaign, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.campaigns.queries import DeliverableRow, find_deliverables, list_deliverables


def make_deliverable_loader(context: Context) -> DataLoader[int, DeliverableRow | None]:
    async def load(ids: list[int]) -> list[DeliverableRow | None]:
        found = await find_deliverables(context.pool, context.account_id, ids)
        return [found.get(deliverable_id) for deliverable_id in ids]

    return DataLoader(load_fn=load)


def make_campaign_deliverables_loader(context: Context) -> DataLoader[int, list[DeliverableRow]]:
    """The deliverables of each campaign."""

    async def load(ids: list[int]) -> list[list[DeliverableRow]]:
        found = await list_deliverables(context.pool, context.account_id, ids)
        return [found.get(campaign_id, []) for campaign_id in ids]

    return DataLoader(load_fn=load)
