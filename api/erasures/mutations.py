"""Mutations of erasures. They answer at once; the worker goes through all that is stored."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import ask_for_erasure, tell_redirectors
from api.context import Info
from api.erasures.types import Erasure, load_erasure
from api.errors import NotFound
from api.ids import read_id
from api.permissions import IsAdmin
from tracking.erasure.service import erase_contact


@strawberry.input(description="Whom to forget.")
class EraseContactInput:
    id: strawberry.ID = strawberry.field(description="Of the contact.")


@strawberry.type(description="The contact is gone, and their links lead nowhere. The rest waits for a worker.")
class EraseContactSuccess:
    erasure: Erasure = strawberry.field(description="Ask for it again to see how far it is.")


EraseContactResult: TypeAlias = Annotated[
    EraseContactSuccess | NotFound, strawberry.union("EraseContactResult", description="How it went.")
]


@strawberry.type
class ErasureMutation:
    @strawberry.mutation(
        description="Forget a contact: name, ids and addresses are deleted in everything that is stored, files of"
        " exports that may name them too. Their links answer 410 for ever. Clicks, orders and counts stay as they"
        " are, and are nobody's. It cannot be undone. Sent twice, it answers with the same for as long as it watches.",
        permission_classes=[IsAdmin],
    )
    async def erase_contact(
        self,
        info: Info,
        given: Annotated[EraseContactInput, strawberry.argument(name="input", description="Whom.")],
    ) -> EraseContactResult:
        context = info.context
        row = await erase_contact(context.account_id, read_id(given.id, "Contact"))
        await tell_redirectors(context)
        await ask_for_erasure(context, row.id)
        erasure = await load_erasure(context, row.id)
        if erasure is None:
            raise LookupError("an erasure that was just there is gone")
        return EraseContactSuccess(erasure=erasure)
