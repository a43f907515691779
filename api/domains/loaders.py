"""Tracking domains by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.domains.listing import DomainRow, find_domains


def make_domain_loader(context: Context) -> DataLoader[int, DomainRow | None]:
    return make_row_loader(context, find_domains)
