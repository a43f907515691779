"""`/imp/<link_id>.gif`: whatever carries an opt-in link shows this picture, and so counts how often it is seen (IM13).

The answer is the picture, whatever becomes of the impression: pages of others must not look broken because of us.
"""

from typing import Any, Final

import structlog

from redirector.counters import Counters
from redirector.facts import Headers, Shapes
from redirector.memory.entries import LinkEntry
from redirector.memory.resolver import FindLink
from redirector.pages import METHOD_NOT_ALLOWED, PIXEL, Page, send_page
from redirector.recording.recorder import Record
from redirector.visitor import ClientAddresses
from tracking.clicks.ids import ClickIdMint
from tracking.clock import now_ms
from tracking.impressions.event import Impression, mark_impression

IMPRESSION_PATH: Final = "/imp/{slug}.gif"
_METHODS: Final = frozenset({"GET", "HEAD"})

log = structlog.get_logger()


class ImpressionApp:
    def __init__(
        self,
        find_link: FindLink,
        record: Record,
        addresses: ClientAddresses,
        counters: Counters,
    ) -> None:
        self._find_link = find_link
        self._record = record
        self._addresses = addresses
        self._counters = counters
        self._shapes = Shapes()
        self._mint = ClickIdMint().mint

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        if scope["method"] not in _METHODS:
            await send_page(send, METHOD_NOT_ALLOWED, is_head=False)
            return
        headers: Headers = dict(scope["headers"])
        shape = self._shapes.read(headers, scope["method"], self._addresses.find_scheme(scope, headers))
        if not shape.is_answered_plainly and not shape.is_speculative:
            await self._take(scope, headers)
        await send_page(send, PIXEL, is_head=scope["method"] == "HEAD")

    async def _take(self, scope: Any, headers: Headers) -> None:
        """Wait until it is durable, so that an impression that was answered is not lost by a crash."""
        try:
            entry = await self._find_link(scope, headers, scope["path_params"]["slug"])
            if isinstance(entry, Page) or not _counts_impressions(entry):
                return
            impression = Impression(self._mint(now_ms()), entry.account.account_id, entry.link_id)
            is_durable = await self._record(mark_impression(impression))
        except Exception:
            log.exception("impression not recorded")
            is_durable = False
        if is_durable:
            self._counters.impressions += 1
        else:
            self._counters.impressions_not_durable += 1


def _counts_impressions(entry: LinkEntry) -> bool:
    terms = entry.terms
    return terms.rules.counts_impressions and not terms.is_archived and not terms.rules.is_test
