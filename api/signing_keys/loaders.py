"""Signing keys by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.offers.secret_listing import SigningKeyRow, find_signing_keys


def make_signing_key_loader(context: Context) -> DataLoader[int, SigningKeyRow | None]:
    return make_row_loader(context, find_signing_keys)
