"""The scripts that the snippets load, put together from their parts once, when this is imported."""

import gzip
import hashlib
from importlib.resources import files
from typing import Final, NamedTuple

from tracking.snippets.rules import CONVERSION_SCRIPT, LANDING_SCRIPT

_HASH_CHARS: Final = 12
_PARTS: Final = {
    LANDING_SCRIPT: ("touches.js", "sending.js", "keeping.js", "converting.js"),
    CONVERSION_SCRIPT: ("touches.js", "sending.js", "converting.js"),
}


class Script(NamedTuple):
    """`digest` is of the text, and in the address under which it never changes."""

    text: bytes
    zipped: bytes
    digest: str


def _compose(parts: tuple[str, ...]) -> Script:
    """Without comments and indentation: no string or expression of the parts spans lines."""
    folder = files("tracking.snippets")
    lines = [line.strip() for part in parts for line in folder.joinpath(part).read_text("utf-8").splitlines()]
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    text = f'try {{\n(function () {{\n"use strict";\n{code}\n}})();\n}} catch (error) {{}}\n'.encode()
    return Script(text, gzip.compress(text, mtime=0), hashlib.sha256(text).hexdigest()[:_HASH_CHARS])


SCRIPTS: Final = {name: _compose(parts) for name, parts in _PARTS.items()}
SNIPPET_VERSION: Final = f"1-{SCRIPTS[LANDING_SCRIPT].digest}"
