"""Mutations of hosting lists."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import InvalidInput, NotFound
from api.hosting_lists.types import HostingList, require_hosting_list
from api.ids import read_id
from api.permissions import IsAdmin
from tracking.bots.hosting.service import archive_hosting_list, put_hosting_list


@strawberry.input(description="The networks of a hosting provider.")
class PutHostingListInput:
    name: str = strawberry.field(
        description="Of the provider, 1 to 100 characters. A list in use under the same name, in any case, is replaced."
    )
    content: str = strawberry.field(
        description="A file as AWS, Google, Azure, Oracle or Fastly publish it (JSON), a geofeed (CSV), or one network "
        "a line, such as 203.0.113.0/24. At most 900,000 bytes and, with the account's other lists, 50,000 networks, "
        "once those that lie in each other or side by side are made one."
    )


@strawberry.type(description="The list is in use. Workers notice within seconds.")
class PutHostingListSuccess:
    hosting_list: HostingList = strawberry.field(
        description="The new list; the one that was there, when it has the same name and networks."
    )


@strawberry.input(description="A list that is not to be used any more.")
class ArchiveHostingListInput:
    id: strawberry.ID = strawberry.field(description="Of the hosting list.")


@strawberry.type(description="Clicks are not compared with the list any more. Those that were stay as they are.")
class ArchiveHostingListSuccess:
    hosting_list: HostingList = strawberry.field(description="As it is now.")


PutHostingListResult: TypeAlias = Annotated[
    PutHostingListSuccess | InvalidInput, strawberry.union("PutHostingListResult", description="How it went.")
]
ArchiveHostingListResult: TypeAlias = Annotated[
    ArchiveHostingListSuccess | NotFound, strawberry.union("ArchiveHostingListResult", description="How it went.")
]


@strawberry.type
class HostingListMutation:
    @strawberry.mutation(
        description="Say which networks a hosting provider has, for clicks from now on. Doing it again with the same "
        "networks changes nothing.",
        permission_classes=[IsAdmin],
    )
    async def put_hosting_list(
        self, info: Info, given: Annotated[PutHostingListInput, strawberry.argument(name="input", description="It.")]
    ) -> PutHostingListResult:
        row = await put_hosting_list(info.context.account_id, given.name, given.content)
        return PutHostingListSuccess(hosting_list=await require_hosting_list(info.context, row.id))

    @strawberry.mutation(
        description="Stop using a hosting list. Doing it again changes nothing.", permission_classes=[IsAdmin]
    )
    async def archive_hosting_list(
        self,
        info: Info,
        given: Annotated[ArchiveHostingListInput, strawberry.argument(name="input", description="Which.")],
    ) -> ArchiveHostingListResult:
        row = await archive_hosting_list(info.context.account_id, read_id(given.id, "HostingList"))
        return ArchiveHostingListSuccess(hosting_list=await require_hosting_list(info.context, row.id))
