"""The subscription `linkStats`."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Final

import strawberry

from api.context import Context, Info
from api.errors import refuse_input
from api.ids import encode_id, read_ids
from api.link_stats.types import LinkStats, tell_totals
from api.links.loaders import make_link_loader
from api.open_streams import refuse_more
from api.permissions import IsReader
from tracking.reports.link_totals import LinkKey

MAX_LINKS: Final = 1_000
MAX_WATCHED: Final = 20_000  # by everybody, in a process: they are read every second


@strawberry.type
class LinkStatsSubscription:
    @strawberry.subscription(
        description="The totals of up to 1,000 links: of each at once, and again whenever they change, at most once a"
        " second. What is told is what stands, never a difference, and the last state is always told.",
        permission_classes=[IsReader],
    )
    async def link_stats(
        self,
        info: Info,
        link_ids: Annotated[list[strawberry.ID], strawberry.argument(description="1 to 1,000 links, each once.")],
    ) -> AsyncGenerator[LinkStats, None]:
        context = info.context
        keys = await _find_links(context, link_ids)
        board = context.boards.links
        own = board.count(lambda key: key.account_id == context.account_id)
        if own + len(keys) > (MAX_WATCHED - len(board) + own) // 2:  # nobody takes more than is left for others
            raise refuse_more("This process of the api watches too many links: ask for fewer, or ask another process.")
        async with board.watch(keys) as watcher, aclosing(watcher.follow()) as news:
            async for key, totals in news:
                context.loaders.clear()  # what was read for an earlier message may have changed since
                yield tell_totals(encode_id("Link", key.link_id), key, totals)


async def _find_links(context: Context, link_ids: Sequence[strawberry.ID]) -> list[LinkKey]:
    if not 1 <= len(link_ids) <= MAX_LINKS:
        raise refuse_input(f"`linkIds` are 1 to {MAX_LINKS:,}.")
    keys = read_ids(link_ids, "Link") or []
    if len(set(keys)) < len(keys):
        raise refuse_input("`linkIds` names a link twice.")
    rows = await context.loader(make_link_loader).load_many(keys)
    missing = [place for place, row in enumerate(rows) if row is None]
    if missing:
        raise refuse_input(f"`linkIds[{missing[0]}]` is no link of this account.")
    return [LinkKey(context.account_id, row.id, row.contact_id is not None) for row in rows if row is not None]
