"""The contacts of a segment (TR18), for whoever sends the next message."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg

from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import read_parameters
from tracking.exports.snapshots import open_snapshot
from tracking.graph_ids import write_graph_id
from tracking.segments.members import Question, Reader, ask_segment, count_members, stream_members
from tracking.segments.queries import find_segments


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    async with open_snapshot(pool) as connection:
        async for contact in stream_members(connection, await _ask(connection, asked)):
            yield write_graph_id("Contact", contact.id), contact.external_id, contact.name


async def _count_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    return await count_members(pool, await _ask(pool, asked))


async def _ask(reader: Reader, asked: Asked) -> Question:
    segment_id = read_parameters(asked.parameters).segment_id or 0
    segment = (await find_segments(reader, asked.account_id, [segment_id]))[segment_id]
    return await ask_segment(reader, asked.account_id, segment.definition, asked.as_of)


SEGMENT: Final = Layout(
    ExportKind.SEGMENT,
    "The contacts of a segment at the moment of the export, by when they were added.",
    (
        Column("contact_id", str, "The contact's id in the graph."),
        Column("external_id", str, "Your own id of the contact."),
        Column("name", str, "The contact's name."),
    ),
    _read_rows,
    _count_rows,
    takes=frozenset({"segment_id"}),
    needs=frozenset({"segment_id"}),
)
