"""Who is in a segment: found when it is asked, in windows of contact ids, so that no page reads all of them.

Each condition is a set of contact ids, out of indexes alone, and the segment is one of sets. Machines' clicks are not
counted, so they make nobody a clicker. Who was erased, or is no contact any more, is in no segment.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from tracking.clicks.ids import lower_bound
from tracking.clicks.prepare import FOR_EVER, MESSAGE_CONTACT
from tracking.clicks.visitors import name_contact
from tracking.contacts.queries import CONTACT_COLUMNS, ContactRow
from tracking.conversions.kinds import Status
from tracking.paging import Conditions, Window
from tracking.segments.rules import Condition, Definition, SegmentAction, SegmentMatch

# Contact ids that one statement looks at: few for the first page, more where members are rare.
_FIRST_WINDOW: Final = 1_000
_LAST_WINDOW: Final = 64_000
_GROWTH: Final = 4
_TIMEOUT_S: Final = 120  # of one statement, for counts of millions
_SET_OPERATORS: Final = {SegmentMatch.ALL: "INTERSECT", SegmentMatch.ANY: "UNION"}

_EDGES: Final = """
    SELECT min(lowest) AS lowest, max(highest) AS highest FROM unnest($1::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT min(contact_id) AS lowest, max(contact_id) AS highest FROM message_recipient
        WHERE message_id = wanted.id AND contact_id IS NOT NULL
    ) AS recipients
"""
_CONTACTS: Final = f"SELECT {CONTACT_COLUMNS} FROM contact WHERE account_id = $1 AND id = ANY ($2::bigint[])"
_KNOWN: Final = "SELECT id AS contact_id FROM contact WHERE account_id = $1 AND id > {after} AND id <= {until}"
_WINDOW_UP: Final = """
    SELECT id AS border FROM contact WHERE account_id = $1 AND id > $2 AND id <= $3 ORDER BY id OFFSET $4 LIMIT 1
"""
_WINDOW_DOWN: Final = """
    SELECT id - 1 AS border FROM contact WHERE account_id = $1 AND id > $2 AND id <= $3
    ORDER BY id DESC OFFSET $4 LIMIT 1
"""
# Sets, each out of one index, and no join: a plan that trusts what the tables held before reads all for each recipient.
_RECEIVED: Final = """
    SELECT contact_id FROM (
        SELECT message_id, contact_id FROM message_recipient
        WHERE message_id = ANY ({messages}) AND contact_id > {after} AND contact_id <= {until} AND is_prepared
        EXCEPT
        SELECT message_id, contact_id FROM delivery
        WHERE message_id = ANY ({messages}) AND contact_id > {after} AND contact_id <= {until}
            AND status IN ('FAILED', 'BOUNCED')
    ) AS received
"""
# The first click that counts of each contact and message, which is known for ever; its visitor is the contact's id.
_CLICKED: Final = f"""
    SELECT ('x' || encode(substr(visitor_key, 9), 'hex'))::bit(64)::bigint AS contact_id FROM unique_click
    WHERE day = DATE '{FOR_EVER}' AND subject = {MESSAGE_CONTACT} AND subject_id = ANY ({{messages}})
        AND visitor_key > {{after_key}} AND visitor_key <= {{until_key}} AND click_id < {{before_click}}
"""
_CLICKED_MORE: Final = """
    SELECT contact_id FROM click
    WHERE message_id = ANY ({messages}) AND contact_id > {after} AND contact_id <= {until}
        AND id < {before_click} AND is_counted{places}
    GROUP BY contact_id HAVING count(*) >= {minimum}
"""
_CONVERTED: Final = f"""
    SELECT contact_id FROM conversion
    WHERE message_id = ANY ({{messages}}) AND contact_id > {{after}} AND contact_id <= {{until}}
        AND status = {Status.APPROVED} AND is_counted AND occurred_at < {{before}}{{places}}
"""


class _Span(NamedTuple):
    """Contact ids above `after_id`, up to `until_id`."""

    after_id: int
    until_id: int


class Question(NamedTuple):
    """A definition whose messages are found, and the moment that it is asked of: what came later did not happen."""

    account_id: int
    definition: Definition
    message_ids: tuple[tuple[int, ...], ...]
    at: dt.datetime
    edges: _Span


class _Placeholders(dict[str, str]):
    """Of values by name, each bound when a statement first names it: PostgreSQL refuses those that none does."""

    def __init__(self, conditions: Conditions, given: Mapping[str, tuple[Any, str]]) -> None:
        super().__init__()
        self._conditions = conditions
        self._given = given

    def __missing__(self, name: str) -> str:
        value, type_name = self._given[name]
        self[name] = f"{self._conditions.bind(value)}::{type_name}"
        return self[name]

    def with_messages(self, message_ids: Sequence[int]) -> "_Placeholders":
        """For one condition."""
        given = {**self._given, "messages": (list(message_ids), "bigint[]")}
        return _Placeholders(self._conditions, given)


class Reader(Protocol):
    """A pool, a connection, or the transaction of a use case."""

    async def fetch(self, query: str, *args: Any, timeout: float | None = None) -> Sequence[Any]: ...  # noqa: ASYNC109 -- as asyncpg's


async def ask_segment(reader: Reader, account_id: int, definition: Definition, at: dt.datetime) -> Question:
    """In at most two statements for each condition, and one more."""
    messages = [await _find_messages(reader, account_id, each) for each in definition.conditions]
    [edges] = await reader.fetch(_EDGES, sorted(set().union(*messages)))
    span = _Span(0, 0) if edges["lowest"] is None else _Span(edges["lowest"] - 1, edges["highest"])
    return Question(account_id, definition, tuple(messages), at, span)


async def list_members(reader: Reader, question: Question, window: Window) -> list[ContactRow]:
    """A page in the order of contact ids; `window.bound` is the id of a contact."""
    found: list[int] = []
    span = _cut(question.edges, window)
    size = max(_FIRST_WINDOW, window.limit)
    while span.after_id < span.until_id and len(found) < window.limit:
        part, span = await _split(reader, question.account_id, span, size, is_backward=window.is_backward)
        found += await _read_ids(reader, question, part, window.limit - len(found), is_backward=window.is_backward)
        size = min(size * _GROWTH, _LAST_WINDOW)
    return await _read_contacts(reader, question.account_id, found)


async def list_member_ids(
    reader: Reader, question: Question, after_id: int, until_id: int, *, contacts: int
) -> tuple[list[int], int]:
    """The members among the next so many contacts, and the id up to which that was."""
    span = _Span(max(after_id, question.edges.after_id), min(until_id, question.edges.until_id))
    if span.after_id >= span.until_id:
        return [], until_id
    part, rest = await _split(reader, question.account_id, span, contacts)
    members = await _read_ids(reader, question, part, contacts)
    return members, part.until_id if rest.after_id < rest.until_id else until_id


async def stream_members(reader: Reader, question: Question) -> AsyncIterator[ContactRow]:
    """All of them, in the order of contact ids, a window at a time."""
    async for part in _list_windows(reader, question):
        ids = await _read_ids(reader, question, part, _LAST_WINDOW)
        for member in await _read_contacts(reader, question.account_id, ids):
            yield member


async def count_members(reader: Reader, question: Question) -> int:
    counted = 0
    async for part in _list_windows(reader, question):
        conditions = Conditions(question.account_id)
        members = _write_members(question, part, conditions)
        [row] = await reader.fetch(f"SELECT count(*) FROM {members}", *conditions.parameters, timeout=_TIMEOUT_S)
        counted += row["count"]
    return counted


async def _list_windows(reader: Reader, question: Question) -> AsyncIterator[_Span]:
    rest = question.edges
    while rest.after_id < rest.until_id:
        part, rest = await _split(reader, question.account_id, rest, _LAST_WINDOW)
        yield part


async def _find_messages(reader: Reader, account_id: int, condition: Condition) -> tuple[int, ...]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    if condition.message_ids is not None:
        conditions.add("id = ANY ({}::bigint[])", list(condition.message_ids))
    conditions.add_if_given("campaign_id = {}", condition.campaign_id)
    conditions.add_if_given("channel = {}", condition.channel.value if condition.channel else None)
    conditions.add_if_given("created_at >= {}", condition.made_from)
    conditions.add_if_given("created_at < {}", condition.made_before)
    rows = await reader.fetch(f"SELECT id FROM message WHERE {conditions.where}", *conditions.parameters)
    return tuple(row["id"] for row in rows)


def _cut(edges: _Span, window: Window) -> _Span:
    """What lies beyond the row that the page follows."""
    if window.bound is None:
        return edges
    [bound] = window.bound
    return (
        _Span(edges.after_id, min(bound - 1, edges.until_id))
        if window.is_backward
        else _Span(max(bound, edges.after_id), edges.until_id)
    )


async def _split(
    reader: Reader, account_id: int, span: _Span, size: int, *, is_backward: bool = False
) -> tuple[_Span, _Span]:
    """So many contacts of it, from where the page begins, and the rest."""
    statement = _WINDOW_DOWN if is_backward else _WINDOW_UP
    rows = await reader.fetch(statement, account_id, *span, size - 1)
    if not rows:
        return span, _Span(span.until_id, span.until_id)
    border = rows[0]["border"]
    parts = _Span(span.after_id, border), _Span(border, span.until_id)
    return parts[::-1] if is_backward else parts


async def _read_ids(
    reader: Reader, question: Question, span: _Span, limit: int, *, is_backward: bool = False
) -> list[int]:
    conditions = Conditions(question.account_id)
    members = _write_members(question, span, conditions)
    order = f"contact_id {'DESC' if is_backward else 'ASC'} LIMIT {conditions.bind(limit)}"
    statement = f"SELECT contact_id FROM {members} ORDER BY {order}"
    rows = await reader.fetch(statement, *conditions.parameters, timeout=_TIMEOUT_S)
    return [row["contact_id"] for row in rows]


async def _read_contacts(reader: Reader, account_id: int, ids: Sequence[int]) -> list[ContactRow]:
    """In the order of the ids."""
    rows = {row["id"]: ContactRow(**row) for row in await reader.fetch(_CONTACTS, account_id, ids)}
    return [rows[contact_id] for contact_id in ids if contact_id in rows]


def _write_members(question: Question, span: _Span, conditions: Conditions) -> str:
    """What goes behind FROM: the ids of the contacts of a span that are members."""
    given = {
        "after": (span.after_id, "bigint"),
        "until": (span.until_id, "bigint"),
        "after_key": (name_contact(span.after_id), "bytea"),
        "until_key": (name_contact(span.until_id), "bytea"),
        "before": (question.at, "timestamptz"),
        "before_click": (lower_bound(question.at), "uuid"),
    }
    shared = _Placeholders(conditions, given)
    sets = [
        _write_set(condition, shared.with_messages(messages), conditions)
        for condition, messages in zip(question.definition.conditions, question.message_ids, strict=True)
    ]
    members = f" {_SET_OPERATORS[question.definition.match]} ".join(f"({each})" for each in sets)
    return f"(({members}) INTERSECT {_KNOWN.format_map(shared)}) AS member"


def _write_set(condition: Condition, placeholders: "_Placeholders", conditions: Conditions) -> str:
    if condition.did is SegmentAction.RECEIVED:
        return f"SELECT DISTINCT contact_id FROM ({_RECEIVED.format_map(placeholders)}) AS done"
    done = _write_done(condition, placeholders, conditions)
    if condition.did in {SegmentAction.CLICKED, SegmentAction.CONVERTED}:
        return f"SELECT DISTINCT contact_id FROM ({done}) AS done"
    return f"{_RECEIVED.format_map(placeholders)} EXCEPT {done}"


def _write_done(condition: Condition, placeholders: "_Placeholders", conditions: Conditions) -> str:
    if condition.did not in {SegmentAction.CONVERTED, SegmentAction.NOT_CONVERTED} and not condition.needs_clicks:
        return _CLICKED.format_map(placeholders)
    placeholders["places"] = _write_places(condition, conditions)
    if condition.did in {SegmentAction.CONVERTED, SegmentAction.NOT_CONVERTED}:
        return _CONVERTED.format_map(placeholders)
    placeholders["minimum"] = conditions.bind(condition.minimum_clicks)
    return _CLICKED_MORE.format_map(placeholders)


def _write_places(condition: Condition, conditions: Conditions) -> str:
    given: Sequence[tuple[str, Any]] = (("slot", condition.slots), ("offer_id", condition.offer_ids))
    return "".join(
        f" AND {column} = ANY ({conditions.bind(list(values))})" for column, values in given if values is not None
    )
