"""Offers by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.offers.queries import OfferRow, find_offers


def make_offer_loader(context: Context) -> DataLoader[int, OfferRow | None]:
    async def load(offer_ids: list[int]) -> list[OfferRow | None]:
        found = await find_offers(context.pool, context.account_id, offer_ids)
        return [found.get(offer_id) for offer_id in offer_ids]

    return DataLoader(load_fn=load)
