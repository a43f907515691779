"""Users by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.accounts.queries import UserRow, find_users


def make_user_loader(context: Context) -> DataLoader[int, UserRow | None]:
    async def load(user_ids: list[int]) -> list[UserRow | None]:
        found = await find_users(context.pool, context.account_id, user_ids)
        return [found.get(user_id) for user_id in user_ids]

    return DataLoader(load_fn=load)
