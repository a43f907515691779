"""Deliverables by id or by campaign, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.campaigns.queries import DeliverableRow, find_deliverables, list_deliverables


def make_deliverable_loader(context: Context) -> DataLoader[int, DeliverableRow | None]:
    return make_row_loader(context, find_deliverables)


def make_campaign_deliverables_loader(context: Context) -> DataLoader[int, list[DeliverableRow]]:
    """The deliverables of each campaign."""

    async def load(ids: list[int]) -> list[list[DeliverableRow]]:
        found = await list_deliverables(context.pool, context.account_id, ids)
        return [found.get(campaign_id, []) for campaign_id in ids]

    return DataLoader(load_fn=load)
