"""Notices of creators, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.creators.queries import NoticePage, NoticeRow, list_notices


def make_notice_page_loader(context: Context) -> DataLoader[tuple[NoticePage, int], list[NoticeRow]]:
    return make_page_loader(context, list_notices)
