"""Requests to a short link that no browser sends, and those that try to be taken for somebody else's."""

from typing import Final

from tests.fuzz.bad_inputs.inputs import BROWSER, CLICK, Ask, BadInput


def get(target: bytes, *headers: tuple[str, str], method: str = "GET") -> Ask:
    return Ask(method, target, (*BROWSER, *headers))


def hosted(*hosts: str) -> Ask:
    return Ask("GET", b"/anna", (*(("Host", host) for host in hosts), *BROWSER))


HOST: Final = b"Host: <host>\r\nConnection: close\r\n"
BIG: Final = b"a" * 20_000

TARGETS: Final = [
    BadInput("a slug nobody has", get(b"/nobody"), "404"),
    BadInput("a NUL, encoded", get(b"/an%00na"), "404"),
    BadInput("a NUL at the end, encoded", get(b"/anna%00"), "404"),
    BadInput("half of an escape", get(b"/anna%"), "404"),
    BadInput("an escape of no number", get(b"/anna%zz"), "404"),
    BadInput("bytes that are no UTF-8", get(b"/%ff%fe"), "404"),
    BadInput("an overlong slash", get(b"/%c0%af"), "404"),
    BadInput("a lone surrogate in UTF-8", get(b"/%ed%a0%80"), "404"),
    BadInput("a slug from right to left", get(b"/%e2%80%aeanna"), "404"),
    BadInput("full-width letters", get(b"/%ef%bd%81%ef%bd%8e%ef%bd%8e%ef%bd%81"), "404"),
    BadInput("a slug with a blank at its end", get(b"/anna%20"), "404"),
    BadInput("an encoded line break and a header", get(b"/anna%0d%0aLocation:%20http://evil.example"), "404"),
    BadInput("a folder up", get(b"/../../etc/passwd"), "404"),
    BadInput("a folder up, encoded", get(b"/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), "404"),
    BadInput("a folder up, encoded twice", get(b"/%252e%252e%252fanna"), "404"),
    BadInput("backslashes", get(b"/..\\..\\anna"), "404"),
    BadInput("two slashes first", get(b"//evil.example/anna"), "404"),
    BadInput("a path after the slug", get(b"/anna/b/c/d/e"), "404"),
    BadInput("a slug of 2,000 letters", get(b"/" + b"a" * 2_000), "404"),
    BadInput("a slug of commas", get(b"/" + b"," * 500), "404"),
    BadInput("a placement that is too long", get(b"/anna~" + b"p" * 500), "302", CLICK),
    BadInput("a thousand tildes", get(b"/anna" + b"~" * 1_000), "302", CLICK),
    BadInput("SQL for a slug", get(b"/anna'%20OR%201=1--"), "404"),
    BadInput("a template for a slug", get(b"/%7b%7b7*7%7d%7d"), "404"),
    BadInput("a wildcard for a slug", get(b"/an%25a"), "404"),
    BadInput("a slug of another address space", get(b"/%f0%90%80%80"), "404"),
    BadInput("an opt-out of nobody", get(b"/o/not-a-token"), "404"),
    BadInput("an opt-out of NULs", get(b"/o/%00%00"), "404"),
    BadInput("a test session of nobody", get(b"/t/not-a-token"), "404"),
    BadInput("a script that is none", get(b"/js/v1/evil.js"), "404"),
    BadInput("a script up a folder", get(b"/js/v1/..%2f..%2fapp.py"), "404"),
    BadInput("a QR code of nobody", get(b"/nobody/qr.svg"), "404"),
    BadInput("a QR code of endless size", get(b"/nobody/qr.png?size=99999999999999999999"), "404"),
    BadInput("a page that goes on with no token", get(b"/nobody/continue/x"), "404"),
    BadInput("an impression of nobody", get(b"/imp/nobody.gif"), "200"),
    BadInput("an impression of a NUL", get(b"/imp/%00.gif"), "200"),
]
QUERIES: Final = [
    BadInput("a query of percent signs", get(b"/anna?" + b"%" * 1_000), "302", CLICK),
    BadInput("a query of five thousand names", get(b"/anna?" + b"a&" * 5_000), "302", CLICK),
    BadInput("a query that is a header", get(b"/anna?x=%0d%0aSet-Cookie:a=b"), "302", CLICK),
    BadInput("a click id of our own invention", get(b"/anna?ct=AAAA&ct=BBBB"), "302", CLICK),
    BadInput("a query of NULs", get(b"/anna?%00=%00"), "302", CLICK),
    BadInput("a fragment in the target", get(b"/anna#%00"), "302", CLICK),
    BadInput("a destination in the query", get(b"/anna?url=http://evil.example&next=//evil.example"), "302", CLICK),
]
HOSTS: Final = [
    BadInput("no host", b"GET /anna HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
    BadInput("two hosts", hosted("<host>", "<host>"), "400"),
    BadInput("two hosts that differ", hosted("evil.example", "<host>"), "400"),
    BadInput("an empty host", hosted(""), "400"),
    BadInput("a host of blanks", hosted("   "), "400"),
    BadInput("a host with a user", hosted("<host>@evil.example"), "400"),
    BadInput("a host of a user", hosted("evil@<host>"), "400"),
    BadInput("a host that is an address", hosted("127.0.0.1"), "404"),
    BadInput("a host that is a number", hosted("2130706433"), "404"),
    BadInput("a host in brackets", hosted("[::1]"), "404"),
    BadInput("half a bracket", hosted("[::1"), "400"),
    BadInput("a host with a path", hosted("<host>/evil"), "400"),
    BadInput("a host of 5,000 letters", hosted("a" * 5_000), "400"),
    BadInput("a host of dots", hosted("..."), "400"),
    BadInput("a port of letters", hosted("<host>:port"), "400"),
    BadInput("a port beyond all", hosted("<host>:99999999"), "400"),
    BadInput("letters outside ASCII in the host", hosted("\xe4cme.localhost"), "404"),
    BadInput("a host in another script", hosted("xn--80ak6aa92e.com"), "404"),
    BadInput("a forwarded host", get(b"/nobody", ("X-Forwarded-Host", "<host>")), "404"),
]
METHODS: Final = [
    BadInput("TRACE", get(b"/anna", method="TRACE"), "405"),
    BadInput("PUT", get(b"/anna", method="PUT"), "405"),
    BadInput("DELETE", get(b"/anna", method="DELETE"), "405"),
    BadInput("PROPFIND", get(b"/anna", method="PROPFIND"), "405"),
    BadInput("OPTIONS of everything", get(b"*", method="OPTIONS"), "404"),
    BadInput("CONNECT to somebody else", get(b"evil.example:443", method="CONNECT"), "400"),
    BadInput("a method in small letters", get(b"/anna", method="get"), "400"),
    BadInput("a method that is none", get(b"/anna", method="FROB"), "400"),
    BadInput("a method of 3,000 letters", get(b"/anna", method="G" * 3_000), "400"),
    BadInput("GET of everything", get(b"*"), "404"),
    BadInput("the absolute form of somebody else", get(b"http://evil.example/nobody"), "404"),
    BadInput("an absolute form without a path", get(b"http://evil.example"), "400"),
    BadInput("an absolute form of files", get(b"file:///etc/passwd"), "400"),
]
HEADERS: Final = [
    BadInput("a cookie that is not ours", get(b"/anna", ("Cookie", "ctv=" + "A" * 300)), "302", CLICK),
    BadInput("a cookie of control signs", get(b"/anna", ("Cookie", "ctv=\x01\x02\x7f")), "400"),
    BadInput("a hundred cookies", get(b"/anna", ("Cookie", "ctv=x; " * 100)), "302", CLICK),
    BadInput(
        "a forwarded address that is SQL", get(b"/anna", ("X-Forwarded-For", "'; DROP TABLE click")), "302", CLICK
    ),
    BadInput("a thousand forwarded addresses", get(b"/anna", ("X-Forwarded-For", "1.2.3.4, " * 1_000)), "302", CLICK),
    BadInput("a referrer without end", get(b"/anna", ("Referer", "http://a/" + "b" * 8_000)), "302", CLICK),
    BadInput("a referrer that is a script", get(b"/anna", ("Referer", "javascript:alert(1)")), "302", CLICK),
    BadInput("a referrer with half a bracket", get(b"/anna", ("Referer", "http://[::1/x")), "302", CLICK),
    BadInput("a language without end", get(b"/anna", ("Accept-Language", "x-" * 3_000)), "302", CLICK),
    BadInput("a user agent of bytes", get(b"/anna", ("User-Agent", "\xff\xfe\x80")), "302", CLICK),
    BadInput("a user agent of 10,000 letters", get(b"/anna", ("User-Agent", "(" * 10_000)), "302", CLICK),
    BadInput(
        "a browser of no number", get(b"/anna", ("User-Agent", "Mozilla/5.0 Chrome/" + "9" * 5_000)), "302", CLICK
    ),
    BadInput("client hints of quotes", get(b"/anna", ("Sec-CH-UA", '"' * 999)), "302", CLICK),
    BadInput("a header without a name", get(b"/anna", ("", "x")), "400"),
    BadInput("a header with a blank in its name", get(b"/anna", ("A b", "x")), "400"),
    BadInput("a NUL in a header", get(b"/anna", ("X-A", "a\0b")), "400"),
    BadInput("an upgrade to nothing", get(b"/anna", ("Connection", "Upgrade, close"), ("Upgrade", "x")), "302", CLICK),
    BadInput("an upgrade to WebSocket", get(b"/nobody", ("Connection", "Upgrade"), ("Upgrade", "websocket")), "404"),
]
FRAMING: Final = [
    BadInput("HTTP/0.9", b"GET /nobody\r\n\r\n", "400"),
    BadInput("HTTP/9.9", b"GET /anna HTTP/9.9\r\n" + HOST + b"\r\n", "400"),
    BadInput("HTTP/2 by its first words", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
    BadInput("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64, "400"),
    BadInput("SSH", b"SSH-2.0-OpenSSH_9.9\r\n", "400"),
    BadInput("zeros", b"\0" * 1_000, "400"),
    BadInput("line feeds alone", b"GET /nobody HTTP/1.1\n" + HOST.replace(b"\r", b"") + b"\n", "400"),
    BadInput("a folded header", b"GET /anna HTTP/1.1\r\n" + HOST + b"X-A: b\r\n  c\r\n\r\n", "400"),
    BadInput("a raw NUL in the target", b"GET /an\0na HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    BadInput("a raw blank in the target", b"GET /an na HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    BadInput("raw bytes in the target", b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    BadInput("half a head", b"GET /anna HTTP/1.1\r\nHos", "400"),
    BadInput("a head that stops before its end", b"GET /anna HTTP/1.1\r\n" + HOST, "400"),
    BadInput("nothing", b"", "cut"),
    BadInput("a target of 20,000 letters", b"GET /" + BIG + b" HTTP/1.1\r\n" + HOST + b"\r\n", "400 or cut"),
    BadInput("a header of 20,000 letters", b"GET /anna HTTP/1.1\r\n" + HOST + b"X: " + BIG + b"\r\n\r\n", "400 or cut"),
    BadInput("ten thousand headers", b"GET /anna HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 10_000 + b"\r\n", "400 or cut"),
    BadInput("a header of 8 MiB", b"GET /anna HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 2**23, "400 or cut"),
    BadInput("two lengths that differ", get(b"/anna", ("Content-Length", "1"), ("Content-Length", "2")), "400"),
    BadInput("a length and chunks", get(b"/anna", ("Content-Length", "4"), ("Transfer-Encoding", "chunked")), "400"),
    BadInput("a length below zero", get(b"/anna", ("Content-Length", "-1")), "400"),
    BadInput("a length of twenty digits", get(b"/anna", ("Content-Length", "9" * 20)), "400"),
    BadInput("a length that is a sum", get(b"/anna", ("Content-Length", "1+1")), "400"),
    *(
        BadInput(f"a transfer that is {name}", get(b"/anna", ("Transfer-Encoding", coding)), "400")
        for name, coding in {
            "compressed": "gzip",
            "compressed after its chunks": "chunked, gzip",
            "of nobody's coding": "xchunked",
            "of no coding": "",
            "as it is": "identity",
        }.items()
    ),
    BadInput(
        "a transfer in chunks, and compressed",
        get(b"/anna", ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip")),
        "400",
    ),
    BadInput(
        "another request behind the body of the first",
        b"POST /nobody HTTP/1.1\r\nHost: <host>\r\nContent-Length: 0\r\n\r\nGET /nobody HTTP/1.1\r\n" + HOST + b"\r\n",
        "405 404",
    ),
    BadInput(
        "fifty requests at once",
        b"GET /nobody HTTP/1.1\r\nHost: <host>\r\n\r\n" * 49 + b"GET /nobody HTTP/1.1\r\n" + HOST + b"\r\n",
        " ".join(["404"] * 50),
    ),
]
REDIRECT: Final = [*TARGETS, *QUERIES, *HOSTS, *METHODS, *HEADERS, *FRAMING]
