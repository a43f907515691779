"""`/js/v1/<script>`: what the snippets load, on every host and whatever is down.

Under its plain name a script may change and is asked for again; under the name with its digest it never does.
"""

import re
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from redirector.counters import Counters
from redirector.pages import METHOD_NOT_ALLOWED, NOT_FOUND, Page, make_page, send_page
from tracking.snippets.rules import SCRIPTS_PATH
from tracking.snippets.scripts import SCRIPTS, Script

SCRIPT_PATH: Final = f"/{SCRIPTS_PATH}/{{name}}"
_METHODS: Final = frozenset({"GET", "HEAD"})
_FOR_AN_HOUR: Final = b"public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"
_FOR_EVER: Final = b"public, max-age=31536000, immutable"
_NAME: Final = re.compile(r"(?P<script>[a-z]+)(?:-(?P<digest>[0-9a-f]{12}))?\.js")
_TYPE: Final = b"text/javascript; charset=utf-8"
_HEADERS: Final = (
    (b"access-control-allow-origin", b"*"),  # for pages that load it with `integrity`
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"vary", b"accept-encoding"),
)


class _Answers(NamedTuple):
    plain: Page
    zipped: Page
    unchanged: Page
    etag: bytes


def _prepare(script: Script, cache_control: bytes) -> _Answers:
    etag = b'W/"%b"' % script.digest.encode()
    headers = (*_HEADERS, (b"etag", etag))
    encoded = (*headers, (b"content-encoding", b"gzip"))
    return _Answers(
        plain=make_page(HTTPStatus.OK, script.text, *headers, media_type=_TYPE, cache_control=cache_control),
        zipped=make_page(HTTPStatus.OK, script.zipped, *encoded, media_type=_TYPE, cache_control=cache_control),
        unchanged=Page(
            {
                "type": "http.response.start",
                "status": HTTPStatus.NOT_MODIFIED.value,
                "headers": [*headers, (b"cache-control", cache_control)],
            },
            {"type": "http.response.body", "body": b""},
        ),
        etag=etag,
    )


_CHANGING: Final = {name: _prepare(script, _FOR_AN_HOUR) for name, script in SCRIPTS.items()}
_FIXED: Final = {name: _prepare(script, _FOR_EVER) for name, script in SCRIPTS.items()}


class ScriptApp:
    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        is_head = scope["method"] == "HEAD"
        if scope["method"] not in _METHODS:
            await send_page(send, METHOD_NOT_ALLOWED, is_head=False)
            return
        answers = _find_answers(scope["path_params"]["name"])
        if answers is None:
            self._counters.unknown += 1
            await send_page(send, NOT_FOUND, is_head=is_head)
            return
        self._counters.scripts += 1
        await send_page(send, _choose(answers, dict(scope["headers"])), is_head=is_head)


def _find_answers(name: str) -> _Answers | None:
    """Of a digest that is not today's, too: a page that names an older script goes on with this one."""
    match = _NAME.fullmatch(name)
    script = f"{match['script']}.js" if match else ""
    if match is None or script not in SCRIPTS:
        return None
    return (_FIXED if match["digest"] == SCRIPTS[script].digest else _CHANGING)[script]


def _choose(answers: _Answers, headers: dict[bytes, bytes]) -> Page:
    if answers.etag in headers.get(b"if-none-match", b""):
        return answers.unchanged
    return answers.zipped if b"gzip" in headers.get(b"accept-encoding", b"") else answers.plain
