"""Pictures that report an order: the page around them must not look broken, whatever is asked."""

from typing import Final
from urllib.parse import quote

from tests.fuzz.bad_inputs.inputs import BROWSER, CLICK, Ask, BadInput

ORDER: Final = b"?txn_id=%b&revenue=1.00&currency=EUR"


def show(target: bytes, *headers: tuple[str, str], method: str = "GET", body: bytes = b"") -> Ask:
    return Ask(method, b"/pixel/" + target, (*BROWSER, *headers), body)


def order(name: str, revenue: str = "1.00", currency: str = "EUR") -> Ask:
    query = f"?txn_id={quote(name)}&revenue={quote(revenue)}&currency={quote(currency)}"
    return show(b"anna.gif" + query.encode())


PIXELS: Final = [
    BadInput("a link of nobody", show(b"nobody.gif" + ORDER % b"p1"), "200"),
    BadInput("a link of a NUL", show(b"%00.gif" + ORDER % b"p2"), "200"),
    BadInput("a link of bytes", show(b"%ff%fe.gif" + ORDER % b"p3"), "200"),
    BadInput("a link of 5,000 letters", show(b"a" * 5_000 + b".gif" + ORDER % b"p4"), "200"),
    BadInput("a link of dots", show(b"...gif" + ORDER % b"p5"), "200"),
    BadInput("SQL for a link", show(b"a'OR'1.gif" + ORDER % b"p6"), "200"),
    BadInput("no link", show(b".gif"), "404"),
    BadInput("a folder up", show(b"../anna.gif" + ORDER % b"p7"), "404"),
    BadInput("a folder in between", show(b"x/anna.gif" + ORDER % b"p8"), "404"),
    BadInput("another ending", show(b"anna.png" + ORDER % b"p9"), "404"),
    BadInput("an ending in capitals", show(b"anna.GIF" + ORDER % b"p10"), "404"),
    BadInput("two endings", show(b"anna.gif.gif" + ORDER % b"p11"), "200"),
    BadInput("no order", show(b"anna.gif"), "200"),
    BadInput("an order of nothing", order(""), "200"),
    BadInput("an order of a NUL", order("\0"), "200"),
    BadInput("an order of line breaks", order("\r\n\r\n"), "200"),
    BadInput("an order of 5,000 letters", order("a" * 5_000), "200"),
    BadInput("an order of half an escape", show(b"anna.gif?txn_id=%"), "200", CLICK),
    BadInput("an order of no UTF-8", show(b"anna.gif?txn_id=%ff"), "200"),
    BadInput("an order that is a script", order("<script>alert(1)</script>"), "200", CLICK),
    BadInput("an amount of no number", order("p12", "NaN"), "200"),
    BadInput("an amount of forty digits", order("p13", "9" * 40), "200"),
    BadInput("an amount below zero", order("p14", "-1"), "200"),
    BadInput("a currency of nobody", order("p15", "1.00", "ZZZ"), "200"),
    BadInput("a click of our own invention", show(b"anna.gif" + ORDER % b"p16" + b"&click_id=evil"), "200", CLICK),
    BadInput("a key of our own invention", show(b"anna.gif" + ORDER % b"p17" + b"&key=evil"), "200"),
    BadInput("an event that takes back", show(b"anna.gif" + ORDER % b"p18" + b"&event=refund"), "200"),
    BadInput("two amounts", show(b"anna.gif" + ORDER % b"p19" + b"&revenue=2.00"), "200"),
    BadInput("another link in the query", show(b"anna.gif" + ORDER % b"p20" + b"&link_id=nobody"), "200", CLICK),
    BadInput("a hundred names", show(b"anna.gif?" + b"&".join(b"x%d=1" % n for n in range(100))), "200"),
    BadInput("a HEAD", show(b"anna.gif" + ORDER % b"p21", method="HEAD"), "200"),
    BadInput("an OPTIONS", show(b"anna.gif" + ORDER % b"p22", method="OPTIONS"), "200"),
    BadInput("a DELETE", show(b"anna.gif" + ORDER % b"p23", method="DELETE"), "200"),
    BadInput("a POST of garbage", show(b"anna.gif", method="POST", body=b"\xff\0{"), "200"),
    BadInput("a prefetch", show(b"anna.gif" + ORDER % b"p24", ("Sec-Purpose", "prefetch")), "200"),
    BadInput("nobody's host", show(b"anna.gif" + ORDER % b"p25", ("Host", "evil.example")), "200"),
    BadInput("two hosts", show(b"anna.gif" + ORDER % b"p26", ("Host", "<host>"), ("Host", "<host>")), "200"),
    BadInput("no host", b"GET /pixel/anna.gif?txn_id=p27 HTTP/1.1\r\nConnection: close\r\n\r\n", "200"),
    BadInput("a referrer that is half an address", show(b"anna.gif", ("Referer", "http://[")), "200"),
]
