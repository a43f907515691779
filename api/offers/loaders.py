"""Offers by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.offers.queries import OfferRow, find_offers


def make_offer_loader(context: Context) -> DataLoader[int, OfferRow | None]:
    return make_row_loader(context, find_offers)
