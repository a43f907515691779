"""`/<slug>/continue/<click id>`: where a page between a link and its destination leads. Being posted to says that
somebody continued, which confirms the click if it was asked to.

To look at the address shows the page again, which is no click. To post there once more changes nothing.
"""

from http import HTTPStatus
from typing import Any, Final

import structlog

from redirector.counters import Counters
from redirector.facts import Headers, Shapes
from redirector.html_pages.branded import make_gone
from redirector.html_pages.continue_page import make_continue_page
from redirector.memory.entries import LinkEntry, choose_target, write_location
from redirector.memory.resolver import FindLink
from redirector.pages import Page, make_page, make_redirect, send_page
from redirector.recording.recorder import Record
from redirector.visitor import ClientAddresses
from tracking.clicks.event import CONFIRMABLE_MS, Confirmation, mark_confirmation
from tracking.clicks.ids import read_click_ms
from tracking.clicks.tokens import ClickTokens
from tracking.clock import now_ms
from tracking.links.rules import split_placement

_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_REFUSED: Final = make_page(
    HTTPStatus.METHOD_NOT_ALLOWED, "Continuing takes GET, HEAD and POST.", (b"allow", b"GET, HEAD, POST")
)

log = structlog.get_logger()


class ContinueApp:
    def __init__(
        self,
        find_link: FindLink,
        record: Record,
        tokens: ClickTokens,
        addresses: ClientAddresses,
        counters: Counters,
    ) -> None:
        self._find_link = find_link
        self._record = record
        self._tokens = tokens
        self._addresses = addresses
        self._counters = counters
        self._shapes = Shapes()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        is_head = scope["method"] == "HEAD"
        if scope["method"] not in _METHODS:
            await send_page(send, _REFUSED, is_head=False)
            return
        await send_page(send, await self._answer(scope), is_head=is_head)

    async def _answer(self, scope: Any) -> Page:
        headers: Headers = dict(scope["headers"])
        slug, _ = split_placement(scope["path_params"]["slug"])
        entry = await self._find_link(scope, headers, slug)
        if isinstance(entry, Page):
            return entry
        if entry.terms.is_archived:
            self._counters.archived += 1
            return make_gone(entry.account.branding)
        at_ms = now_ms()
        target = choose_target(entry, at_ms, scope["query_string"])
        click_id = self._tokens.verify(scope["path_params"].get("token", ""))
        if scope["method"] != "POST":
            token = None if click_id is None else self._tokens.sign(click_id)
            return make_continue_page(scope, entry, target, token, None)
        self._counters.continued += 1
        shape = self._shapes.read(headers, "POST", self._addresses.find_scheme(scope, headers))
        if click_id is None or shape.is_answered_plainly:  # a program that submits forms and says that it is one
            return make_redirect(HTTPStatus.SEE_OTHER, write_location(target, None))
        await self._confirm(entry, click_id, at_ms)
        return make_redirect(HTTPStatus.SEE_OTHER, write_location(target, self._tokens.sign(click_id)))

    async def _confirm(self, entry: LinkEntry, click_id: bytes, at_ms: int) -> None:
        """Wait until it is durable. Whatever happens, the visitor goes on: the click itself is safe (rule 1)."""
        if at_ms - read_click_ms(click_id) > CONFIRMABLE_MS:
            return
        confirmation = Confirmation(click_id, entry.account.account_id, entry.link_id, at_ms)
        try:
            is_durable = await self._record(mark_confirmation(confirmation))
        except Exception:
            log.exception("confirmation not recorded", link_id=entry.link_id)
            is_durable = False
        if not is_durable:
            self._counters.confirmations_not_durable += 1
