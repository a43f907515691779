"""Report pages by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.report_pages.queries import ReportPageRow, find_report_pages


def make_report_page_loader(context: Context) -> DataLoader[int, ReportPageRow | None]:
    return make_row_loader(context, find_report_pages)
