"""Tags by name, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.links.tags import TagRow, find_tags


def make_tag_loader(context: Context) -> DataLoader[str, TagRow | None]:
    async def load(tags: list[str]) -> list[TagRow | None]:
        found = await find_tags(context.pool, context.account_id, tags)
        return [found.get(tag) for tag in tags]

    return DataLoader(load_fn=load)
