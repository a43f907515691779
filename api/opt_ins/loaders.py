"""Opt-ins of many campaigns at once."""

from typing import NamedTuple

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.contacts.opt_ins import OptIns, read_opt_ins
from tracking.reports.ranges import ReportRange


class OptInKey(NamedTuple):
    campaign_id: int
    range: ReportRange


def make_opt_in_loader(context: Context) -> DataLoader[OptInKey, OptIns | None]:
    """None for a campaign that never had an opt-in link."""

    async def load(keys: list[OptInKey]) -> list[OptIns | None]:
        ids: dict[ReportRange, list[int]] = {}
        for key in keys:
            ids.setdefault(key.range, []).append(key.campaign_id)
        found = {
            wanted: await read_opt_ins(context.pool, context.account_id, campaigns, wanted)
            for wanted, campaigns in ids.items()
        }
        return [found[key.range].get(key.campaign_id) for key in keys]

    return DataLoader(load_fn=load)
