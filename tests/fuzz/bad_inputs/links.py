"""Links that must not be made: destinations that lead astray, slugs that are none, values that are something else."""

from typing import Any, Final

from tests.fuzz.bad_inputs.inputs import Ask, BadInput, write_json

CREATE: Final = """
    mutation ($input: CreateCustomLinkInput!) {
        createCustomLink(input: $input) { __typename ... on UserError { code path } }
    }
"""
KEY: Final = ("Authorization", "Bearer <key>")
JSON: Final = ("Content-Type", "application/json")
REFUSED: Final = "400 GRAPHQL_VALIDATION_FAILED"  # before the use case: GraphQL's own types say no
INVALID: Final = "200 INVALID_INPUT"


def make(**given: Any) -> Ask:
    wanted = {"label": "a link", "destinationUrl": "https://shop.example/", **given}
    return Ask("POST", b"/graphql", (KEY, JSON), write_json({"query": CREATE, "variables": {"input": wanted}}))


DESTINATIONS: Final = [
    BadInput(f"a destination that is {name}", make(destinationUrl=url), INVALID)
    for name, url in {
        "a script": "javascript:alert(1)",
        "a script in capitals": "JaVaScRiPt:alert(1)",
        "a script behind a line break": "java\nscript:alert(1)",
        "a script behind a NUL": "\0javascript:alert(1)",
        "data": "data:text/html,<script>alert(1)</script>",
        "a file": "file:///etc/passwd",
        "VBScript": "vbscript:msgbox(1)",
        "FTP": "ftp://files.example/",
        "a blob": "blob:https://evil.example/x",
        "about:blank": "about:blank",
        "a mail": "mailto:a@b.example",
        "without a scheme": "shop.example/sale",
        "two slashes": "//evil.example/",
        "a path": "/sale",
        "three slashes": "https:///evil.example",
        "no slashes": "https:evil.example",
        "backslashes": "https:\\\\evil.example",
        "a backslash before an at": "https://good.example\\@evil.example/",
        "with a user": "https://user@evil.example/",
        "with a password": "https://user:word@evil.example/",
        "with an empty host": "https://",
        "with a port alone": "https://:443/",
        "with a port beyond all": "https://shop.example:99999/",
        "with a port of letters": "https://shop.example:port/",
        "with a blank in the host": "https://shop example/",
        "with a NUL in the host": "https://shop\0.example/",
        "with a line break in the path": "https://shop.example/\r\nSet-Cookie: a=b",
        "with a tab in the scheme": "ht\ttps://shop.example/",
        "with half a bracket": "https://[::1/",
        "with a zone": "https://[fe80::1%25eth0]/",
        "with a percent sign in the host": "https://sh%6fp%00.example/",
        "with an encoded slash in the host": "https://good.example%2f@evil.example/",
        "with a full-width stop": "https://shop\uff0f.example/",
        "with a lone surrogate": "https://shop.example/\ud800",
        "with letters from right to left in the host": "https://\u202eshop.example/",
        "empty": "",
        "blanks": "   ",
        "of 20,000 letters": "https://shop.example/" + "a" * 20_000,
        "a host of 300 letters": "https://" + "a" * 300 + ".example/",
        "a link of our own": "https://<host>/anna",
        "a link of our own in capitals": "HTTPS://ACME.LOCALHOST/anna",
        "a link of our own with a point at its end": "https://<host>./anna",
        "a link of our own at another port": "http://<host>:8080/anna",
    }.items()
]
SLUGS: Final = [
    BadInput(f"a slug that is {name}", make(slug=slug), INVALID)
    for name, slug in {
        "empty": "",
        "blanks": "  ",
        "a slash": "a/b",
        "a folder up": "..",
        "a NUL": "a\0b",
        "a line break": "a\nb",
        "a percent sign": "a%41",
        "an emoji": "\U0001f4a3",
        "from right to left": "\u202eabc",
        "a lone surrogate": "\udfff",
        "an address of ours": "graphql",
        "a robot": "robots.txt",
        "with a tilde": "anna~story",
        "of 5,000 letters": "a" * 5_000,
        "markup": "<b>",
        "Cyrillic": "\u0430nna",
    }.items()
]
VALUES: Final = [
    BadInput("a slug that somebody has", make(slug="anna"), "200 TAKEN"),
    BadInput("a slug that somebody has, in capitals", make(slug="ANNA"), "200 TAKEN"),
    BadInput("a slug that is a number", make(slug=7), REFUSED),
    BadInput("a destination that is a list", make(destinationUrl=["https://shop.example/"] * 2), REFUSED),
    BadInput("a destination that is null", make(destinationUrl=None), REFUSED),
    BadInput("a destination that is an object", make(destinationUrl={"url": "x"}), REFUSED),
    BadInput("a label of a NUL", make(label="\0"), INVALID),
    BadInput("a label of a lone surrogate", make(label="\ud83d"), INVALID),
    BadInput("a label of blanks", make(label="   "), INVALID),
    BadInput("a label of 10,000 letters", make(label="l" * 10_000), INVALID),
    BadInput("fifty-one tags", make(tags=[f"t{number}" for number in range(51)]), INVALID),
    BadInput("a tag of a NUL", make(tags=["a\0"]), INVALID),
    BadInput("a tag of 5,000 letters", make(tags=["t" * 5_000]), INVALID),
    BadInput("tags that are numbers", make(tags=[1, 2]), REFUSED),
    BadInput("tags in tags", make(tags=[["a"]]), REFUSED),
    BadInput("a domain that is none", make(domainId="\0"), "200 NOT_FOUND"),
    BadInput("a domain of another type", make(domainId="TGluazox"), "200 NOT_FOUND"),
    BadInput("a domain of a huge number", make(domainId="9" * 40), "200 NOT_FOUND"),
    BadInput("a domain that is a float", make(domainId=1.5), REFUSED),
    BadInput("a campaign that is nobody's", make(campaignId="Q2FtcGFpZ246MQ=="), "200 NOT_FOUND"),
    BadInput("an offer that is SQL", make(offerId="1; DROP TABLE offer"), "200 NOT_FOUND"),
    BadInput("a sharer that is nobody", make(sharerId="VXNlcjo5OTk5OTk5OTk5OTk5OTk5OTk5OQ=="), "200 NOT_FOUND"),
    BadInput("a policy that is none", make(queryPolicy="EVIL"), REFUSED),
    BadInput("a test that is a word", make(isTest="yes"), REFUSED),
    BadInput("a field that does not exist", make(evil=True), REFUSED),
    BadInput("a field of the prototype", make(__proto__={"isTest": True}), REFUSED),
    BadInput("a source of a NUL", make(utm={"source": "\0"}), INVALID),
    BadInput("a source of 5,000 letters", make(utm={"source": "s" * 5_000}), INVALID),
    BadInput("an idempotency key of nothing", make(idempotencyKey=""), INVALID),
    BadInput("an idempotency key of a NUL", make(idempotencyKey="\0"), INVALID),
    BadInput("an idempotency key of 5,000 letters", make(idempotencyKey="k" * 5_000), INVALID),
]
LINKS: Final = [*DESTINATIONS, *SLUGS, *VALUES]
