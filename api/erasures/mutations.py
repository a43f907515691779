"""Mutations of erasures. They answer at once; the worker goes through all that is stored."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import ask_for_erasure, tell_redirectors
from api.context import Context, Info
from api.erasures.types import Erasure, load_erasure
from api.errors import InvalidInput, NotFound
from api.ids import read_id, read_uuid
from api.permissions import IsAdmin
from tracking.clicks.tokens import ClickTokens
from tracking.erasure.service import erase_contact
from tracking.erasure.showing import read_shown
from tracking.erasure.visitor_service import erase_visitor


@strawberry.input(description="Whom to forget.")
class EraseContactInput:
    id: strawberry.ID = strawberry.field(description="Of the contact.")


@strawberry.input(description="Whom to forget, by what the visitor can show: one of these at least.")
class EraseVisitorInput:
    visitor: str | None = strawberry.field(
        default=None, description="The value of our cookie `ctv` in the visitor's browser, for your tracking domain."
    )
    click_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Clicks of the visitor: they are erased with all clicks of the same visitor key."
    )
    click_tokens: list[str] | None = strawberry.field(
        default=None, description="The same, by the values of `ct` in the addresses that the visitor was sent to."
    )


@strawberry.type(description="The contact is gone, and their links lead nowhere. The rest waits for a worker.")
class EraseContactSuccess:
    erasure: Erasure = strawberry.field(description="Ask for it again to see how far it is.")


@strawberry.type(description="Nothing of the visitor's is stored under a name any more. The rest waits for a worker.")
class EraseVisitorSuccess:
    erasure: Erasure = strawberry.field(description="Ask for it again to see how far it is.")


EraseContactResult: TypeAlias = Annotated[
    EraseContactSuccess | NotFound, strawberry.union("EraseContactResult", description="How it went.")
]
EraseVisitorResult: TypeAlias = Annotated[
    EraseVisitorSuccess | NotFound | InvalidInput, strawberry.union("EraseVisitorResult", description="How it went.")
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
        return EraseContactSuccess(erasure=await _begin(context, row.id))

    @strawberry.mutation(
        description="Forget a visitor of shared links: network, user agent and what told them apart from others are"
        " deleted in everything that is stored, and of what is stored within eight days. Files of clicks are deleted"
        " too. Clicks, uniques, orders and counts stay as they are, and are nobody's. It cannot be undone. Sent twice,"
        " it answers with the same for as long as it watches.",
        permission_classes=[IsAdmin],
    )
    async def erase_visitor(
        self,
        info: Info,
        given: Annotated[EraseVisitorInput, strawberry.argument(name="input", description="Whom.")],
    ) -> EraseVisitorResult:
        context = info.context
        shown = read_shown(
            given.visitor,
            [read_uuid(each, "Click") for each in given.click_ids or []],
            given.click_tokens or [],
            cookie_secret=context.settings.cookie_secret,
            tokens=ClickTokens(context.settings.click_token_keys),
        )
        row = await erase_visitor(context.account_id, shown)
        return EraseVisitorSuccess(erasure=await _begin(context, row.id))


async def _begin(context: Context, erasure_id: int) -> Erasure:
    await ask_for_erasure(context, erasure_id)
    erasure = await load_erasure(context, erasure_id)
    if erasure is None:
        raise LookupError("an erasure that was just there is gone")
    return erasure
