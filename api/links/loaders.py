"""Links by id, with their totals, together; and the totals of contacts' own links."""

from strawberry.dataloader import DataLoader

from api.batching import read_together
from api.context import Context
from tracking.links.listing import LinkPage, LinkRow, find_links, list_links, list_links_of_nodes
from tracking.links.recipient_totals import count_recipient_clicks
from tracking.reports.queries import Counts


def make_link_loader(context: Context) -> DataLoader[int, LinkRow | None]:
    async def load(link_ids: list[int]) -> list[LinkRow | None]:
        rows = (await find_links(context.pool, context.account_id, link_ids)).values()
        found = {row.id: row for row in rows if context.may_see(row.creator_id)}
        return [found.get(link_id) for link_id in link_ids]

    return DataLoader(load_fn=load)


def make_link_page_loader(context: Context) -> DataLoader[LinkPage, list[LinkRow]]:
    """Pages that differ only in whose links they hold are read together: those of every creator in a list."""

    async def load(pages: list[LinkPage]) -> list[list[LinkRow]]:
        return await read_together(pages, page_of=lambda page: (repr(page.of_any_node), page.nodes), read=read)

    async def read(pages: list[LinkPage]) -> list[list[LinkRow]]:
        if len(pages) == 1:
            return [await list_links(context.pool, context.account_id, pages[0])]
        return await list_links_of_nodes(context.pool, context.account_id, pages)

    return DataLoader(load_fn=load, cache_key_fn=repr)


def make_recipient_totals_loader(context: Context) -> DataLoader[int, Counts]:
    async def load(link_ids: list[int]) -> list[Counts]:
        found = await count_recipient_clicks(context.pool, context.account_id, link_ids)
        return [found.get(link_id, Counts()) for link_id in link_ids]

    return DataLoader(load_fn=load)
