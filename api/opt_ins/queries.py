"""Reads a campaign's opt-ins: what `Campaign.optIns` answers."""

from api.context import Context
from api.metrics.queries import read_pieces
from api.metrics.types import Metrics
from api.opt_ins.loaders import OptInKey, make_opt_in_loader
from api.opt_ins.types import OptIns, ReferralClicks
from api.ranged_metrics.queries import read_optional_range
from api.reports.loaders import ReportKey, make_total_loader
from api.reports.types import DateRange
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject, add_counts
from tracking.reports.scopes import Scope


async def make_opt_ins(context: Context, campaign_id: int, wanted: DateRange | None) -> OptIns | None:
    resolved = await read_optional_range(context, wanted)
    found = await context.loader(make_opt_in_loader).load(OptInKey(campaign_id, resolved))
    if found is None:
        return None
    keys = [ReportKey(Subject(Scope.LINK, link_id), resolved) for link_id in found.link_ids]
    counts = await context.loader(make_total_loader).load_many(keys)
    return OptIns(
        direct=Metrics.from_counts(add_counts(counts), read_pieces(keys, Dating.CONVERSION_TIME)),
        referral=ReferralClicks.from_referrals(found.referrals),
    )
