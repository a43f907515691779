"""Reports of orders that no shop sends: values that are none, twice the same name, bodies that are something else."""

import json
from typing import Any, Final
from urllib.parse import quote

from tests.fuzz.bad_inputs.inputs import CLICK, SERVER, Ask, BadInput

FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
JSON: Final = ("Content-Type", "application/json")
PROVEN: Final = "key=<publishable>&txn_id="


def get(query: str, *headers: tuple[str, str], path: str = "/conv", method: str = "GET") -> Ask:
    return Ask(method, f"{path}?{query}".encode("latin-1"), (*SERVER, *headers))


def prove(query: str) -> Ask:
    return get(f"offer_id=rain&secret=<secret>&txn_id={query}", path="/conv/offer")


def post(body: bytes, *headers: tuple[str, str], path: bytes = b"/conv") -> Ask:
    return Ask("POST", path, (*SERVER, *headers), body)


def say(content: Any) -> Ask:
    return post(json.dumps(content).encode(), JSON)


def pay(revenue: str, currency: str = "EUR") -> Ask:
    return get(f"{PROVEN}{len(revenue)}-x&revenue={quote(revenue, safe='')}&currency={quote(currency, safe='')}")


AMOUNTS: Final = [
    BadInput(f"an amount of {name}", pay(revenue), "400")
    for name, revenue in {
        "no number": "NaN",
        "infinity": "Infinity",
        "infinity below zero": "-Infinity",
        "an exponent": "1e3",
        "a huge exponent": "1e999999999",
        "hexadecimal": "0x10",
        "an underscore": "1_000",
        "a thousands comma": "1,000.00",
        "a decimal comma": "12,50",
        "Arabic digits": "\u0661\u0662",
        "full-width digits": "\uff11\uff12",
        "a superscript": "1\u00b2",
        "two points": "1.2.3",
        "a point alone": ".",
        "a blank within": "1 1",
        "a line break within": "1\n1",
        "a NUL": "1\0",
        "a plus sign": "+1",
        "a minus sign from typography": "\u22121",
        "forty digits": "9" * 40,
        "forty decimals": "0." + "1" * 40,
        "ten thousand digits": "9" * 10_000,
        "a currency in front": "EUR1",
        "less than nothing": "-5",
        "SQL": "1); DROP TABLE conversion;--",
        "a template": "{{7*7}}",
        "a boolean": "true",
        "nothing but signs": "---",
    }.items()
]
CURRENCIES: Final = [
    BadInput(f"a currency of {name}", pay("1.00", currency), "400")
    for name, currency in {
        "two letters": "EU",
        "four letters": "EURO",
        "digits": "123",
        "a sign": "\u20ac",
        "no such name": "ZZZ",
        "Greek letters": "\u0395UR",
        "a NUL": "EU\0",
        "a thousand letters": "E" * 1_000,
    }.items()
]
QUERIES: Final = [
    BadInput("nothing at all", get(""), "400"),
    BadInput("an order without a proof of any kind", get("txn_id=free&revenue=1"), "202", CLICK),
    BadInput("percent signs", get("%" * 500), "400"),
    BadInput("half an escape", get(f"{PROVEN}%"), "202", CLICK),
    BadInput("bytes that are no UTF-8", get(f"{PROVEN}%ff%fe"), "400"),
    BadInput("a lone surrogate", get(f"{PROVEN}%ed%a0%80"), "400"),
    BadInput("a NUL in the order", get(f"{PROVEN}a%00b"), "400"),
    BadInput("a line break in the order", get(f"{PROVEN}a%0d%0ab"), "400"),
    BadInput("an order of 5,000 letters", get(PROVEN + "a" * 5_000), "400"),
    BadInput("an order that is empty", get(PROVEN), "400"),
    BadInput("an order of blanks", get(f"{PROVEN}%20%20"), "400"),
    BadInput("two orders that differ", get(f"{PROVEN}a&txn_id=b"), "400"),
    BadInput("fifty-one names", get(PROVEN + "n&" + "&".join(f"x{n}=1" for n in range(51))), "400"),
    BadInput("five thousand names", get("&".join(f"x{n}=1" for n in range(1_900))), "400"),
    BadInput("names of brackets", get(f"{PROVEN}n&revenue[]=1&revenue[x][y]=2"), "202", CLICK),
    BadInput("an event that is none", get(f"{PROVEN}e1&event=%F0%9F%92%A3"), "202", CLICK),
    BadInput("an event of 1,000 letters", get(f"{PROVEN}e2&event={'e' * 1_000}"), "400"),
    BadInput("a date of the year 0", prove("d1&occurred_at=0000-00-00T00:00:00Z"), "400"),
    BadInput("a date of the year 99999", prove("d2&occurred_at=99999-01-01T00:00:00Z"), "400"),
    BadInput("a date that is a number", prove("d3&occurred_at=99999999999999999999"), "400"),
    BadInput("the 30th of February", prove("d4&occurred_at=2026-02-30T00:00:00Z"), "400"),
    BadInput("a date without a zone", prove("d5&occurred_at=2026-01-01"), "400"),
    BadInput("a click that is none", get("click_id=not-a-token&txn_id=c1"), "400"),
    BadInput("a click of NULs", get("click_id=%00%00&txn_id=c2"), "400"),
    BadInput("a click of 10,000 letters", get(f"click_id={'A' * 10_000}&txn_id=c3"), "400"),
    BadInput("a click with another last sign", get("click_id=<click>A&txn_id=c4"), "400"),
    BadInput("a link that is none", get(f"{PROVEN}l1&link_id=%00"), "404"),
    BadInput("an offer that is none", get(f"{PROVEN}o1&offer_id=hail"), "404"),
    BadInput("an offer of a huge number", get(f"{PROVEN}o2&offer_id={'9' * 30}"), "404"),
    BadInput("a key that is none", get("key=ct_pub_nobody&txn_id=k1"), "403"),
    BadInput("a key of NULs", get("key=%00&txn_id=k2"), "403"),
    BadInput("a key that is a template", get("key={{key}}&txn_id=k3"), "403"),
    BadInput("a refund of no order", get("key=<publishable>&event=refund&revenue=1"), "400"),
    BadInput("a coupon of NULs", get(f"{PROVEN}q1&coupon=%00"), "400"),
]
PROOFS: Final = [
    BadInput("a secret of another shape", get("offer_id=rain&secret=x&txn_id=s1", path="/conv/offer"), "403"),
    BadInput(
        "a secret of 10,000 letters", get(f"offer_id=rain&secret={'s' * 10_000}&txn_id=s2", path="/conv/offer"), "403"
    ),
    BadInput("a secret of the wrong case", get("offer_id=RAIN&secret=<secret>&txn_id=s3", path="/conv/offer"), "404"),
    BadInput("no secret", get("offer_id=rain&txn_id=s4", path="/conv/offer"), "403"),
    BadInput(
        "a bearer of bytes",
        get("offer_id=rain&txn_id=s5", ("Authorization", "Bearer \xff\xfe"), path="/conv/offer"),
        "403",
    ),
    BadInput(
        "two authorizations",
        get(
            "offer_id=rain&txn_id=s6",
            ("Authorization", "Bearer <secret>"),
            ("Authorization", "Bearer x"),
            path="/conv/offer",
        ),
        "400",
    ),
    BadInput("a signature of nothing", get(f"{PROVEN}g1", ("X-Signature", "")), "401"),
    BadInput("a signature of commas", get(f"{PROVEN}g2", ("X-Signature", "," * 5_000)), "401"),
    BadInput(
        "a signature of huge times", get(f"{PROVEN}g3", ("X-Signature", f"t={'9' * 400},kid=a,nonce=b,v1=c")), "401"
    ),
    BadInput("two signatures", get(f"{PROVEN}g4", ("X-Signature", "t=1"), ("X-Signature", "t=2")), "400"),
    BadInput("an origin that is half an address", get(f"{PROVEN}h1", ("Origin", "http://[")), "202", CLICK),
    BadInput("a referrer that is half an address", get(f"{PROVEN}h2", ("Referer", "http://[")), "202", CLICK),
]
BODIES: Final = [
    BadInput("a body of zeros", post(b"\0" * 500, JSON), "400"),
    BadInput("a body that ends half-way", post(b'{"txn_id": "b1', JSON), "400"),
    BadInput("a list", post(b'["txn_id"]', JSON), "400"),
    BadInput("a number", post(b"1", JSON), "400"),
    BadInput("null", post(b"null", JSON), "400"),
    BadInput("lists in lists, 8,000 deep", post(b"[" * 8_000, JSON), "400"),
    BadInput("objects in objects", post(b'{"txn_id":' * 1_500 + b"1" + b"}" * 1_500, JSON), "413"),
    BadInput("an order that is a list", say({"txn_id": ["b2"]}), "400"),
    BadInput("an order that is true", say({"txn_id": True}), "400"),
    BadInput("an amount that is no number", post(b'{"txn_id": "b3", "revenue": NaN}', JSON), "400"),
    BadInput("an amount of 5,000 digits", post(b'{"txn_id": "b4", "revenue": ' + b"9" * 5_000 + b"}", JSON), "400"),
    BadInput("a lone surrogate in JSON", post(b'{"key": "<publishable>", "txn_id": "\\ud800"}', JSON), "400"),
    BadInput("a NUL in JSON", post(b'{"key": "<publishable>", "txn_id": "a\\u0000"}', JSON), "400"),
    BadInput("a name twice in JSON", post(b'{"key": "<publishable>", "txn_id": "a", "txn_id": "b"}', JSON), "400"),
    BadInput("a byte order mark", post(b'\xef\xbb\xbf{"txn_id": "b5"}', JSON), "400"),
    BadInput("UTF-16", post('{"txn_id": "b6"}'.encode("utf-16"), JSON), "400"),
    BadInput("a form of bytes", post(b"txn_id=\xff", FORM), "400"),
    BadInput(
        "a form with another order than the query",
        post(b"txn_id=b", FORM, path=b"/conv?key=<publishable>&txn_id=a"),
        "400",
    ),
    BadInput(
        "XML",
        post(
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
            ("Content-Type", "application/xml"),
        ),
        "400",
    ),
    BadInput("files of a form", post(b"--x\r\n\r\n--x--", ("Content-Type", "multipart/form-data; boundary=x")), "400"),
    BadInput("a body of 17 KiB", post(b"a" * 17_408, FORM), "413"),
    BadInput("a body that says to be huge", post(b"a", FORM, ("Content-Length", "999999999")), "413"),
    BadInput("a body shorter than it says", post(b"a", FORM, ("Content-Length", "5")), "400 or cut", hangs_up=True),
    BadInput(
        "chunks of no size",
        Ask("POST", b"/conv", (*SERVER, ("Transfer-Encoding", "chunked"), ("Content-Length", "1")), b"zz\r\n"),
        "400",
    ),
    BadInput(
        "a chunk without end",
        b"POST /conv HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
        "400",
    ),
    BadInput("a report whose transfer is compressed", get(f"{PROVEN}gz", ("Transfer-Encoding", "gzip")), "400"),
    BadInput("a body that is compressed", post(b"txn_id=gz", FORM, ("Transfer-Encoding", "gzip")), "400"),
    BadInput("a body of PUT", Ask("PUT", b"/conv", SERVER, b"txn_id=a"), "405"),
    BadInput("a report of DELETE", Ask("DELETE", b"/conv", SERVER), "405"),
    BadInput("a report that looks ahead", Ask("HEAD", b"/conv?key=<publishable>&txn_id=h", SERVER), "400"),
    BadInput("a prefetch", get(f"{PROVEN}pre", ("Sec-Purpose", "prefetch")), "400"),
    BadInput("a report without a host", b"GET /conv?txn_id=a HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
    BadInput("a report to two hosts", get(f"{PROVEN}two", ("Host", "<host>"), ("Host", "<host>")), "400"),
    BadInput("a report to nobody's host", get(f"{PROVEN}no", ("Host", "evil.example")), "404"),
    BadInput("a test of nothing", get("", path="/conv/test"), "400"),
    BadInput("a sighting with no key", get("", path="/seen"), "403"),
    BadInput("a sighting that is a list", post(b"[]", JSON, path=b"/seen"), "400"),
]
CONVERSIONS: Final = [*AMOUNTS, *CURRENCIES, *QUERIES, *PROOFS, *BODIES]
