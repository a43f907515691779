"""What a publishable key looks like, and the snippets that a brand puts into its pages (LO14). Pure."""

import secrets
from html import escape
from typing import Final, NamedTuple

from tracking.links.short_urls import write_short_url

KEY_START: Final = "ct_pub_"
SCRIPTS_PATH: Final = "js/v1"
LANDING_SCRIPT: Final = "creatrail.js"
CONVERSION_SCRIPT: Final = "convert.js"
DEFAULT_DAYS: Final = 28  # as long as the scripts keep click ids where nothing says otherwise
_KEY_CHARS: Final = 24
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# Calls before the script is there wait in the queue, which it empties.
_CALL: Final = """\
<script>
  window.creatrail = window.creatrail || { queue: [], convert: function (it) { this.queue.push(it); } };
  creatrail.convert({ event: "sale", value: "12.50", currency: "EUR", txnId: "1001" });
</script>
"""


class SnippetTerms(NamedTuple):
    """What is filled into the snippets of an account. `days`: how long a page remembers a click."""

    host: str
    has_tls: bool
    public_port: int | None
    key: str
    days: int


def make_snippet_key() -> str:
    """A new one. It is no secret: whoever reads a page of the brand reads it."""
    return KEY_START + "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_CHARS))


def write_landing_snippet(terms: SnippetTerms) -> str:
    """HTML for every page of the brand."""
    return _write_script(terms, LANDING_SCRIPT)


def write_confirmation_snippet(terms: SnippetTerms) -> str:
    """HTML for the page that is shown after a purchase, with an example call for the shop to fill in."""
    return _CALL + _write_script(terms, CONVERSION_SCRIPT)


def _write_script(terms: SnippetTerms, script: str) -> str:
    path = f"{SCRIPTS_PATH}/{script}"
    url = write_short_url(terms.host, path, has_tls=terms.has_tls, public_port=terms.public_port)
    kept = "" if terms.days == DEFAULT_DAYS else f' data-days="{terms.days}"'
    return f'<script async src="{escape(url)}" data-key="{escape(terms.key)}"{kept}></script>'
