"""`/o/<token>`: answered from the token alone, whatever is down and on whichever host (rule 9).

No click, no cookie, no parameter, no look at who asks. A POST, as mail programs send for one-click unsubscription, is
handed on as a POST.
"""

from collections.abc import Sequence
from typing import Any, Final

from redirector.counters import Counters
from redirector.pages import METHOD_NOT_ALLOWED, NOT_FOUND, make_redirect, send_page
from tracking.links.opt_out import read_opt_out
from tracking.settings import ClickTokenKey

_STATUS: Final = {"GET": 302, "HEAD": 302, "POST": 307}
_PUNCTUATION: Final = ".,;:!?)]}>'\""  # what programs take for a part of an address that ends a sentence


class OptOutApp:
    def __init__(self, keys: Sequence[ClickTokenKey], counters: Counters) -> None:
        self._keys = keys
        self._counters = counters

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        method: str = scope["method"]
        is_head = method == "HEAD"
        if method not in _STATUS:
            await send_page(send, METHOD_NOT_ALLOWED, is_head=False)
            return
        destination = read_opt_out(self._keys, scope["path_params"]["token"].rstrip(_PUNCTUATION))
        if destination is None:
            self._counters.unknown += 1
            await send_page(send, NOT_FOUND, is_head=is_head)
            return
        self._counters.opt_outs += 1
        await send_page(send, make_redirect(_STATUS[method], destination.encode()), is_head=is_head)
