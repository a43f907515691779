"""One signed report of a conversion, with Python's own library alone. `send` is all that a shop's server needs."""

import hashlib
import hmac
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S = 10


class Answer(NamedTuple):
    """`status` is 0 when nothing answered."""

    status: int
    text: str


def sign(signing_key: str, url: str, body: bytes, *, at_s: int, nonce: str) -> str:
    """The header X-Signature of a POST. The key signs as it was shown, all of it; its middle part names it."""
    address = urlsplit(url)
    target = address.path + (f"?{address.query}" if address.query else "")
    signed = f"{at_s}\n{nonce}\nPOST\n{address.hostname}\n{target}\n".encode() + body
    digest = hmac.new(signing_key.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={at_s},kid={signing_key.split('_')[2]},nonce={nonce},v1={digest}"


def send(url: str, signing_key: str, report: Mapping[str, str]) -> Answer:
    """Safe to repeat: each time is signed anew, and a report of the same order is taken once."""
    body = json.dumps(report).encode()
    signature = sign(signing_key, url, body, at_s=int(time.time()), nonce=secrets.token_hex(16))
    headers = {"Content-Type": "application/json", "X-Signature": signature}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 -- the operator's own address
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- as above
            return Answer(answer.status, answer.read().decode())
    except urllib.error.HTTPError as refusal:
        return Answer(refusal.code, refusal.read().decode(errors="replace"))
    except OSError as failure:
        return Answer(0, str(failure))
