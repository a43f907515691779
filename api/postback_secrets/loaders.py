"""Postback secrets by id, and those of offers, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.offers.secret_listing import PostbackSecretRow, find_postback_secrets, list_live_secrets


def make_postback_secret_loader(context: Context) -> DataLoader[int, PostbackSecretRow | None]:
    return make_row_loader(context, find_postback_secrets)


def make_live_secrets_loader(context: Context) -> DataLoader[int, list[PostbackSecretRow] | None]:
    """By the id of the offer."""
    return make_row_loader(context, list_live_secrets)
