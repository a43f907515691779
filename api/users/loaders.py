"""Users by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.accounts.queries import UserRow, find_users


def make_user_loader(context: Context) -> DataLoader[int, UserRow | None]:
    return make_row_loader(context, find_users)
