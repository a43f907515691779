"""Segments by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.segments.queries import SegmentRow, find_segments


def make_segment_loader(context: Context) -> DataLoader[int, SegmentRow | None]:
    return make_row_loader(context, find_segments)
