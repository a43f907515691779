"""Requests to the graph that no front-end sends: documents without end, values of no type, bodies of something else."""

from typing import Any, Final

from tests.fuzz.bad_inputs.inputs import Ask, BadInput, write_json

KEY: Final = ("Authorization", "Bearer <key>")
JSON: Final = ("Content-Type", "application/json")
NAME: Final = "{ viewer { account { name } } }"


def ask(query: Any, variables: Any = None, *headers: tuple[str, str], **more: Any) -> Ask:
    content = {"query": query} | ({} if variables is None else {"variables": variables}) | more
    return post(write_json(content), *headers)


def post(body: bytes, *headers: tuple[str, str], method: str = "POST", target: bytes = b"/graphql") -> Ask:
    named = {name.lower() for name, _ in headers}
    given = [each for each in (KEY, JSON) if each[0].lower() not in named]
    return Ask(method, target, (*given, *headers), body)


def nest(field: str, times: int, leaf: str = "__typename") -> str:
    return "{ " + f"{field} {{ " * times + leaf + " }" * times + " }"


def spread(times: int) -> str:
    """Fragments that double at each step: few signs that stand for 2 ** times fields."""
    steps = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(times)]
    return "{ ...F0 } " + " ".join(steps) + f" fragment F{times} on Query {{ __typename }}"


UNREAD: Final = "400 GRAPHQL_PARSE_FAILED"
COMPLEX: Final = "400 QUERY_TOO_COMPLEX"
MISTAKEN: Final = "400 GRAPHQL_VALIDATION_FAILED"
UNUSABLE: Final = "400 BAD_USER_INPUT"
UNLIKELY: Final = "200 BAD_USER_INPUT"  # refused by the field, beside which others are answered
DOCUMENTS: Final = [
    BadInput("a document of nothing", ask(""), "400 BAD_REQUEST"),
    BadInput("a document of blanks", ask("   "), UNREAD),
    BadInput("a document of commas", ask("," * 60_000), "413 REQUEST_TOO_LARGE"),
    BadInput("a comment of 60,000 letters", ask("#" + "a" * 60_000 + "\n{ __typename }"), "200"),
    BadInput("half a document", ask("{ viewer {"), UNREAD),
    BadInput("brackets, 3,000 deep", ask("{" * 3_000), UNREAD),
    BadInput("closing brackets", ask("}" * 3_000), UNREAD),
    BadInput("lists, 3,000 deep", ask("{ node(id: " + "[" * 3_000), UNREAD),
    BadInput("objects, 1,000 deep", ask("{ node(id: " + "{a:" * 1_000 + "1" + "}" * 1_000 + ") { id } }"), UNREAD),
    BadInput("a string without an end", ask('{ node(id: "'), UNREAD),
    BadInput("a block string without an end", ask('{ node(id: """'), UNREAD),
    BadInput("a NUL", ask("{ \0 }"), UNREAD),
    BadInput("a byte order mark within", ask("{ \ufeff__typename \ufeff}"), "200"),
    BadInput("a lone surrogate", ask('{ node(id: "\ud800") { id } }'), UNREAD),
    BadInput("an escape of a lone surrogate", ask('{ node(id: "\\ud800") { id } }'), UNREAD),
    BadInput("an escape beyond Unicode", ask('{ node(id: "\\u{110000}") { id } }'), UNREAD),
    BadInput("names in another script", ask("{ \u0430ccount }"), UNREAD),
    BadInput("5,000 tokens", ask("{ " + "__typename " * 5_000 + "}"), UNREAD),
    BadInput("3,000 aliases", ask("{ " + " ".join(f"a{n}: __typename" for n in range(1_300)) + " }"), COMPLEX),
    BadInput("an alias of 60,000 letters", ask("{ " + "a" * 60_000 + ": __typename }"), "200"),
    BadInput("a field that is not there", ask("{ evil }"), MISTAKEN),
    BadInput(
        "five hundred fields that are not there", ask("{ " + " ".join(f"e{n}" for n in range(500)) + " }"), MISTAKEN
    ),
    BadInput(
        "one field by many shapes",
        ask("{ " + " ".join(f'node(id: "{n}") {{ id }}' for n in range(300)) + " }"),
        COMPLEX,
    ),
    BadInput("fragments that double", ask(spread(40)), "200"),
    BadInput("a fragment within itself", ask("{ ...A } fragment A on Query { ...A }"), MISTAKEN),
    BadInput(
        "two fragments within each other",
        ask("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
        MISTAKEN,
    ),
    BadInput("a fragment that is not there", ask("{ ...A }"), MISTAKEN),
    BadInput("a fragment of no type", ask("{ ...A } fragment A on Evil { a }"), MISTAKEN),
    BadInput(
        "a thousand fragments of nobody",
        ask("{ __typename } " + " ".join(f"fragment F{n} on Query {{ a }}" for n in range(500))),
        COMPLEX,
    ),
    BadInput("five hundred operations", ask(" ".join(f"query Q{n} {{ __typename }}" for n in range(500))), UNUSABLE),
    BadInput(
        "two operations of one name", ask("query A { __typename } query A { __typename }", operationName="A"), MISTAKEN
    ),
    BadInput("three hundred directives", ask("{ __typename " + "@include(if: true) " * 300 + "}"), MISTAKEN),
    BadInput("a directive of nobody", ask("{ __typename @evil }"), MISTAKEN),
    BadInput("@skip without a condition", ask("{ __typename @skip }"), MISTAKEN),
    BadInput("a type of one's own", ask("type Evil { a: Int } { __typename }"), MISTAKEN),
    BadInput("a schema of one's own", ask("schema { query: Evil }"), UNUSABLE),
    BadInput("a subscription over plain HTTP", ask("subscription { clicks { __typename } }"), UNUSABLE),
    BadInput(
        "pages of pages",
        ask(
            "{ links(first: 100) { nodes { creator { links(first: 100) { nodes { creator {"
            " links(first: 100) { nodes { id } } } } } } } } }"
        ),
        COMPLEX,
    ),
    BadInput("the schema of the schema", ask(nest("__schema { types { fields { type", 6)), UNREAD),
    BadInput("a page of a billion", ask("{ links(first: 1000000000) { nodes { id } } }"), COMPLEX),
    BadInput("a page of a number beyond Int", ask("{ links(first: 99999999999999999999) { nodes { id } } }"), COMPLEX),
    BadInput("a page below zero", ask("{ links(first: -1) { nodes { id } } }"), UNLIKELY),
    BadInput("a page of both ends", ask("{ links(first: 1, last: 1) { nodes { id } } }"), UNLIKELY),
    BadInput("a cursor that is none", ask('{ links(first: 1, after: "\\u0000") { nodes { id } } }'), UNLIKELY),
    BadInput(
        "a cursor of 10,000 letters",
        ask('{ links(first: 1, after: "' + "A" * 10_000 + '") { nodes { id } } }'),
        UNLIKELY,
    ),
    BadInput("an integer of 5,000 digits", ask("{ links(first: " + "9" * 5_000 + ") { nodes { id } } }"), COMPLEX),
    BadInput("a float of a huge exponent", ask("{ links(first: 1e999999999) { nodes { id } } }"), MISTAKEN),
]
NODE: Final = "query ($id: ID!) { node(id: $id) { id } }"
IDS: Final = [
    BadInput(f"an id of {name}", ask(NODE, {"id": given}), answer)
    for name, given, answer in (
        ("nothing", "", "200"),
        ("a NUL", "\0", "200"),
        ("a lone surrogate", "\ud800", "200"),
        ("no base64", "!!!!", "200"),
        ("half of base64", "QWNj", "200"),
        ("a type that does not exist", "RXZpbDox", "200"),
        ("a number beyond 64 bits", "TGluazo5OTk5OTk5OTk5OTk5OTk5OTk5OQ==", "200"),
        ("a number below zero", "TGluazotMQ==", "200"),
        ("a number in Arabic digits", "TGluazrZoQ==", "200"),
        ("100,000 letters", "A" * 100_000, "200"),
        ("a number", 1, "200"),
        ("a float", 1.5, MISTAKEN),
        ("an object", {"a": 1}, MISTAKEN),
        ("a list", ["a"], MISTAKEN),
        ("null", None, MISTAKEN),
        ("true", True, MISTAKEN),
    )
]
BODIES: Final = [
    BadInput("a body of nothing", post(b""), "400 BAD_REQUEST"),
    BadInput("a body of zeros", post(b"\0" * 100), "400 BAD_REQUEST"),
    BadInput("half of JSON", post(b'{"query": "'), "400 BAD_REQUEST"),
    BadInput("a number", post(b"1"), "400 BAD_REQUEST"),
    BadInput("null", post(b"null"), "400 BAD_REQUEST"),
    BadInput("a batch", post(b'[{"query": "{ __typename }"}]'), "400 BAD_REQUEST"),
    BadInput("a batch of ten thousand", post(b"[" + b"{}," * 10_000 + b"{}]"), "400 BAD_REQUEST"),
    BadInput("brackets, 100,000 deep", post(b"[" * 100_000), "413 REQUEST_TOO_LARGE"),
    BadInput("brackets, 50,000 deep", post(b"[" * 50_000), "400 BAD_REQUEST"),
    BadInput("a query that is a number", ask(7), "400 BAD_REQUEST"),
    BadInput("a query that is a list", ask(["{ __typename }"]), "400 BAD_REQUEST"),
    BadInput("no query", post(b'{"variables": {}}'), "400 BAD_REQUEST"),
    BadInput("variables that are a list", ask(NAME, []), "400 BAD_REQUEST"),
    BadInput("variables that are a text", ask(NAME, "{}"), "400 BAD_REQUEST"),
    BadInput("variables of 3,000 items", ask(NODE, {"id": list(range(3_000))}), "413 REQUEST_TOO_LARGE"),
    BadInput(
        "variables that nest 500 deep",
        post(b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}"),
        "200",
    ),
    BadInput(
        "a number of 5,000 digits",
        post(b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5_000 + b"}}"),
        "400 BAD_REQUEST",
    ),
    BadInput("NaN", post(b'{"query": "{ __typename }", "variables": {"a": NaN}}'), "200"),
    BadInput("an operation that is not there", ask(NAME, operationName="Evil"), UNUSABLE),
    BadInput("an operation that is a list", ask(NAME, operationName=[]), "400 BAD_REQUEST"),
    BadInput("a query twice", post(b'{"query": "{ a }", "query": "{ __typename }"}'), "200"),
    BadInput("no UTF-8", post(b'{"query": "\xff"}'), "400 BAD_REQUEST"),
    BadInput("UTF-16", post('{"query": "{ __typename }"}'.encode("utf-16")), "200"),
    BadInput("a body of 2 MiB", post(b"a" * 2**21), "413 REQUEST_TOO_LARGE or cut"),
    BadInput("a stranger's body of 70 KiB", post(b"a" * 70_000, ("Authorization", "x")), "413 REQUEST_TOO_LARGE"),
    BadInput("a document of 65,537 letters", ask("#" * 65_537), "413 REQUEST_TOO_LARGE"),
    BadInput(
        "a form",
        post(b"query={__typename}", ("Content-Type", "application/x-www-form-urlencoded")),
        "415 UNSUPPORTED_MEDIA_TYPE",
    ),
    BadInput(
        "plain text, as pages of others may send",
        post(b'{"query": "{ __typename }"}', ("Content-Type", "text/plain")),
        "415 UNSUPPORTED_MEDIA_TYPE",
    ),
    BadInput(
        "files of a form",
        post(b"--x--", ("Content-Type", "multipart/form-data; boundary=x")),
        "415 UNSUPPORTED_MEDIA_TYPE",
    ),
    BadInput(
        "another charset",
        post(b'{"query": "{ __typename }"}', ("Content-Type", "application/json; charset=utf-7")),
        "415 UNSUPPORTED_MEDIA_TYPE",
    ),
    BadInput("nothing that we answer", ask(NAME, None, ("Accept", "text/evil")), "406 NOT_ACCEPTABLE"),
    BadInput("ten thousand wishes", ask("{ __typename }", None, ("Accept", "a/b," * 2_500)), "406 NOT_ACCEPTABLE"),
    BadInput("a body shorter than it says", post(b"{", ("Content-Length", "99")), "400 or cut", hangs_up=True),
    BadInput(
        "GET of a mutation",
        post(b"", method="GET", target=b"/graphql?query=mutation{archiveLink(input:{id:1}){__typename}}"),
        "405 METHOD_NOT_ALLOWED",
    ),
    BadInput(
        "GET of variables that are none",
        post(b"", method="GET", target=b"/graphql?query={__typename}&variables=["),
        "400 BAD_REQUEST",
    ),
    BadInput("DELETE", post(b"", method="DELETE"), "405 METHOD_NOT_ALLOWED"),
    BadInput("TRACE", post(b"", method="TRACE"), "405 METHOD_NOT_ALLOWED"),
    BadInput("a path below", post(b"{}", target=b"/graphql/../graphql"), "404"),
]
CREDENTIALS: Final = [
    BadInput("a key of nothing", ask(NAME, None, ("Authorization", "Bearer ")), "200 UNAUTHENTICATED"),
    BadInput("a key of bytes", ask(NAME, None, ("Authorization", "Bearer \xff\xfe")), "200 UNAUTHENTICATED"),
    BadInput("a key that is half", ask(NAME, None, ("Authorization", "Bearer ct_live_")), "200 UNAUTHENTICATED"),
    BadInput(
        "a key of 10,000 letters", ask(NAME, None, ("Authorization", "Bearer " + "k" * 10_000)), "200 UNAUTHENTICATED"
    ),
    BadInput(
        "a key with another last sign", ask(NAME, None, ("Authorization", "Bearer <key>x")), "200 UNAUTHENTICATED"
    ),
    BadInput("basic authorization", ask(NAME, None, ("Authorization", "Basic YTpi")), "200 UNAUTHENTICATED"),
    BadInput(
        "a token without a signature",
        ask(NAME, None, ("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")),
        "200 UNAUTHENTICATED",
    ),
    BadInput("a page of another origin", ask(NAME, None, ("Origin", "https://evil.example")), "403 ORIGIN_NOT_ALLOWED"),
    BadInput("a page of no origin", ask(NAME, None, ("Origin", "null")), "403 ORIGIN_NOT_ALLOWED"),
    BadInput("an origin that is half an address", ask(NAME, None, ("Origin", "http://[")), "403 ORIGIN_NOT_ALLOWED"),
]
HEADS: Final = [
    BadInput("a header of 8 MiB", b"POST /graphql HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2**23, "400 or cut"),
    BadInput(
        "twenty thousand headers",
        b"POST /graphql HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        "400 or cut",
    ),
    BadInput("half a head", b"POST /graphql HTTP/1.1\r\nHos", "400"),
    BadInput("a file that nobody may send", Ask("PUT", b"/uploads/%00", (), b"a"), "404"),
    BadInput("a file that nobody may have", Ask("GET", b"/downloads/" + b"A" * 5_000), "404"),
    BadInput("a report page of nobody", Ask("GET", b"/r/%ff%00"), "404"),
]
GRAPHQL: Final = [*DOCUMENTS, *IDS, *BODIES, *CREDENTIALS, *HEADS]
