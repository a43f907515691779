"""Creators in campaigns, by id and by campaign, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader, make_row_loader
from api.context import Context
from tracking.campaigns.queries import MembershipRow, find_memberships
from tracking.performance.queries import AudienceDay, PerformancePage, PerformanceRow, list_performances


def make_membership_loader(context: Context) -> DataLoader[int, MembershipRow | None]:
    return make_row_loader(context, find_memberships)


def make_performance_loader(
    context: Context,
) -> DataLoader[tuple[PerformancePage, AudienceDay], list[PerformanceRow]]:
    return make_page_loader(context, list_performances)
