"""`creatrail get URL`: ask once, follow nothing, print the answer; the twin of `curl -sSi` where there is no curl."""

import http.client
import ssl
from typing import TextIO
from urllib.parse import urlsplit

TIMEOUT_S = 10
SHOWN_BODY_BYTES = 2_000
# It asks as a visitor would: under a program's own name it would see what programs see and be counted as one, and
# naming no language either it would be suspect.
LANGUAGE = "en"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class UnreachableError(Exception):
    """The request could not be made; the message is one line for the user."""


def print_answer(url: str, out: TextIO) -> int:
    """Print status line, headers and the beginning of a text body. Returns the status."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UnreachableError(f"{url} is not an http or https URL")
    connection = _connect(parts.scheme, parts.hostname, parts.port)
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        headers = {"Host": parts.netloc, "User-Agent": BROWSER, "Accept": "*/*", "Accept-Language": LANGUAGE}
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        body = answer.read(SHOWN_BODY_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{parts.netloc} did not answer: {error}") from error
    finally:
        connection.close()
    version = {10: "HTTP/1.0", 11: "HTTP/1.1"}[answer.version]
    print(f"{version} {answer.status} {answer.reason}", file=out)
    for name, value in answer.getheaders():
        print(f"{name}: {value}", file=out)
    if body and answer.headers.get_content_maintype() == "text":
        print(f"\n{body.decode(errors='replace')}", file=out)
    return answer.status


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    address = resolve_local(host)
    if scheme == "https":
        return http.client.HTTPSConnection(address, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return http.client.HTTPConnection(address, port, timeout=TIMEOUT_S)


def resolve_local(host: str) -> str:
    """Names below localhost are this machine (RFC 6761), also where the system's resolver does not know them."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    return host
