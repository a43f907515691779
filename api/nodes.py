"""`node` and `nodes`: anything with an id, by its id. Each noun registers how its types are found."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import strawberry

from api.context import Context, Info
from api.creator_sessions import NODE_TYPES
from api.errors import refuse_input
from api.ids import split_id
from api.permissions import IsReader

MAX_NODES: Final = 100


@strawberry.interface(description="Anything that has an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque; the same for ever.")


FindNode = Callable[[Context, str], Awaitable[Node | None]]
_finders: Final[dict[str, FindNode]] = {}


def register_node(type_name: str, find: FindNode) -> None:
    """`find` gets the key out of the id, unchecked, and answers None for what this account does not have."""
    _finders[type_name] = find


def list_registered_types() -> list[str]:
    return sorted(_finders)


async def find_node(context: Context, global_id: str) -> Node | None:
    parts = split_id(global_id)
    is_closed = parts and context.viewer.creator_id is not None and parts[0] not in NODE_TYPES
    find = _finders.get(parts[0]) if parts and not is_closed else None
    return await find(context, parts[1]) if parts and find else None


@strawberry.type
class NodeQuery:
    @strawberry.field(
        description="Anything by its id; null when this account has no such thing.", permission_classes=[IsReader]
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Of any type.")],  # noqa: A002 -- the name in the graph
    ) -> Node | None:
        return await find_node(info.context, id)

    @strawberry.field(
        description="Several at once, up to 100, in the order of the ids; null where this account has no such thing.",
        permission_classes=[IsReader],
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Of any types.")]
    ) -> list[Node | None]:
        if len(ids) > MAX_NODES:
            raise refuse_input(f"Ask for at most {MAX_NODES} nodes at once.")
        return list(await asyncio.gather(*(find_node(info.context, global_id) for global_id in ids)))
