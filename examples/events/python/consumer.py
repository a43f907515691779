"""Counts clicks by link and day from events alone. It may be killed at any moment, and goes on where it was.

    pip install "gql[websockets]"
    python consumer.py             follow the clicks until it is stopped
    python consumer.py counts      print what it has counted, a line for each link and day

with

    CREATRAIL_URL     https://api.brand.example/graphql
    CREATRAIL_KEY     ct_live_…, with the scope READ
    STATE             a file for what it knows; clicks.db unless it says otherwise
    FILTER            which clicks, as JSON, such as {"campaignIds": ["…"]}; all unless it says otherwise

What it knows of each click and how far it has read stand in one transaction of SQLite: they are never apart.
"""

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any, Final

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

CLICK: Final = "id day counting verdict { verdict class } link { id }"
EVENTS: Final = f"""
    subscription ($filter: ClickFilter, $start: StreamStart) {{
      clicks(filter: $filter, start: $start) {{
        __typename
        ... on StreamEvent {{ cursor }}
        ... on TrackedEvent {{ id sequence }}
        ... on ClickRecorded {{ click {{ {CLICK} }} }}
        ... on ClickReclassified {{ click {{ {CLICK} }} }}
        ... on EventGap {{ reason missed {{ from to }} }}
      }}
    }}
"""
LIST: Final = f"""
    query ($filter: ClickFilter, $order: ClickOrder, $after: String) {{
      clicks(filter: $filter, orderBy: $order, first: 100, after: $after) {{
        nodes {{ {CLICK} }}
        pageInfo {{ hasNextPage endCursor }}
      }}
    }}
"""
TABLES: Final = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS click (id TEXT PRIMARY KEY, link TEXT, day TEXT, "column" TEXT, counting TEXT);
    CREATE TABLE IF NOT EXISTS place (only INTEGER PRIMARY KEY CHECK (only = 1), cursor TEXT);
"""
COLUMNS: Final = ("humanClicks", "suspectClicks", "botClicks", "previewFetches", "prefetches", "testClicks")
OF_CLASS: Final = {"PREVIEW": "previewFetches", "PREFETCH": "prefetches", "TEST": "testClicks"}
OF_VERDICT: Final = {"HUMAN": "humanClicks", "SUSPECT": "suspectClicks", "BOT": "botClicks"}
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
# To ask again would bring the same answer: the credential has ended, or the request is wrong.
FINAL_CLOSES: Final = {4400, 4401, 4403, 4406}
FINAL_CODES: Final = {
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "BAD_USER_INPUT",
    "GRAPHQL_VALIDATION_FAILED",
    "QUERY_TOO_COMPLEX",
}


class State:
    """The last state that was told of each click, and the cursor after it."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path)
        self._database.executescript(TABLES)

    @property
    def cursor(self) -> str | None:
        row = self._database.execute("SELECT cursor FROM place").fetchone()
        return row[0] if row else None

    def hear(self, event: dict[str, Any]) -> None:
        self.keep([event["click"]] if "click" in event else [], event["cursor"])

    def keep(self, clicks: list[dict[str, Any]], cursor: str | None = None) -> None:
        """All of it or nothing. Told twice, a click stays one click: what is kept is its state."""
        with self._database as transaction:
            for click in clicks:
                verdict = click["verdict"]
                column = OF_CLASS.get(verdict["class"]) or OF_VERDICT[verdict["verdict"]]
                row = (click["id"], click["link"]["id"], click["day"], column, click["counting"])
                transaction.execute("INSERT OR REPLACE INTO click VALUES (?, ?, ?, ?, ?)", row)
            if cursor is not None:
                transaction.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", [cursor])

    def count(self) -> Iterator[dict[str, Any]]:
        """What a report says of the same links and days."""
        columns = ", ".join(f"sum(\"column\" = '{name}')" for name in COLUMNS)
        uniques = "sum(counting = 'UNIQUE'), sum(counting = 'REPEAT')"
        query = f"SELECT link, day, count(*), {columns}, {uniques} FROM click GROUP BY link, day ORDER BY day, link"
        names = ("link", "day", "totalClicks", *COLUMNS, "uniqueClicks", "repeatClicks")
        for row in self._database.execute(query):
            yield dict(zip(names, row, strict=True))


async def follow(state: State) -> None:
    """Until it is stopped, or the service says that asking again is of no use. Every other loss is waited out."""
    wait_s = FIRST_WAIT_S
    while True:
        heard = state.cursor
        try:
            async with Client(transport=connect()) as session:
                await listen(session, state)
        except TransportError as error:
            if is_final(error):
                raise
            print(f"lost: {error.__cause__ or error}", file=sys.stderr)  # noqa: T201 -- a program
        wait_s = FIRST_WAIT_S if state.cursor != heard else min(wait_s * 2, LONGEST_WAIT_S)
        await asyncio.sleep(random.uniform(0, wait_s))  # noqa: S311 -- so that not all come back at once


def connect() -> WebsocketsTransport:
    return WebsocketsTransport(
        url=os.environ["CREATRAIL_URL"].replace("http", "ws", 1),
        init_payload={"Authorization": f"Bearer {os.environ['CREATRAIL_KEY']}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )


async def listen(session: AsyncClientSession, state: State) -> None:
    """As long as the connection holds."""
    cursor = state.cursor
    start = {"after": cursor} if cursor else {"latest": True}
    request = GraphQLRequest(EVENTS, variable_values={"filter": read_filter(), "start": start})
    async for told in session.subscribe(request):
        event = told["clicks"]
        if state.cursor is None:
            await read_again(session, state, None, None)  # all that was there before it came
        elif event["__typename"] == "EventGap":
            await read_again(session, state, event["missed"]["from"], event["missed"]["to"])
        state.hear(event)
        if event["__typename"] == "StreamReady":
            print("caught up", file=sys.stderr)  # noqa: T201 -- a program


async def read_again(session: AsyncClientSession, state: State, start: str | None, end: str | None) -> None:
    """What was stored in an interval, and what was changed in it. Killed here, it has the same gap before it again."""
    for order in ("RECORDED", "CHANGED") if start else ("RECORDED",):
        name = order.lower()
        wanted = {**read_filter(), f"{name}From": start, f"{name}To": end}
        given: dict[str, Any] = {"filter": wanted, "order": {"field": f"{order}_AT", "direction": "ASC"}}
        while True:
            answer = await session.execute(GraphQLRequest(LIST, variable_values=given))
            state.keep(answer["clicks"]["nodes"])
            if not answer["clicks"]["pageInfo"]["hasNextPage"]:
                break
            given["after"] = answer["clicks"]["pageInfo"]["endCursor"]


def read_filter() -> dict[str, Any]:
    """What never changes about a click. What can change would have clicks leave the list without a word in `LIST`."""
    wanted: dict[str, Any] = json.loads(os.environ.get("FILTER", "{}"))
    return wanted


def is_final(error: BaseException | None) -> bool:
    if isinstance(error, TransportQueryError):
        codes = {each.get("extensions", {}).get("code") for each in error.errors or []}
        return bool(codes & FINAL_CODES)
    while error is not None:
        if getattr(getattr(error, "rcvd", None), "code", None) in FINAL_CLOSES:
            return True
        error = error.__cause__ or error.__context__
    return False


def main() -> None:
    state = State(os.environ.get("STATE", "clicks.db"))
    if sys.argv[1:] == ["counts"]:
        for line in state.count():
            print(json.dumps(line))  # noqa: T201 -- a program
    else:
        asyncio.run(follow(state))


if __name__ == "__main__":
    main()
