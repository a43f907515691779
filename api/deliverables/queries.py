"""How deliverables are found by their id; lists of them belong to their campaign."""

from api.context import Context
from api.deliverables.loaders import make_deliverable_loader
from api.deliverables.types import TrackingDeliverable
from api.ids import read_key
from api.nodes import register_node


async def load_deliverable(context: Context, deliverable_id: int | None) -> TrackingDeliverable | None:
    row = await context.loader(make_deliverable_loader).load(deliverable_id) if deliverable_id else None
    return TrackingDeliverable.from_row(row) if row else None


async def find_deliverable(context: Context, key: str) -> TrackingDeliverable | None:
    return await load_deliverable(context, read_key(key))


register_node("TrackingDeliverable", find_deliverable)
