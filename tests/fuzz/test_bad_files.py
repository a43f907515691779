"""Whatever a file holds, its import ends as stated, writes no row too many, and holds no worker up."""

import gc
from collections.abc import AsyncIterator, Iterable, Iterator

import asyncpg
import pytest

from tests.brand import make_brand
from tests.fuzz.bad_inputs.files import FILES, BadFile
from tests.fuzz.site import find_new, write_count
from tests.fuzz.watched_server import CallbackWatch
from tests.fuzz.watching import MAX_CALLBACK_MS
from tests.integration.tracking.imports.files import list_problems, put_file, run
from tracking.imports.models import Import, ImportStatus

pytestmark = pytest.mark.usefixtures("orm")

OF_EACH_IMPORT = frozenset({"import", "import_chunk", "import_problem", "event_outbox"})


@pytest.fixture
def watch() -> Iterator[CallbackWatch]:
    """Of the loop of this test, in which the import runs. Garbage is looked for in what it leaves, as in a worker, and
    not in all that pytest holds.
    """
    gc.collect()
    gc.freeze()
    installed = CallbackWatch()
    installed.install()
    yield installed
    installed.remove()


async def describe(row: Import) -> str:
    """`1 created, 1 bad: 3 handle INVALID`, or why it failed."""
    if row.status is ImportStatus.FAILED:
        return row.failure or ""
    counts = {"created": row.created, "updated": row.updated, "unchanged": row.unchanged, "bad": row.bad}
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing"
    places = [f"{line} {column or 'row'} {code}" for line, column, code in await list_problems(row)]
    return f"{said}: {', '.join(places)}" if places else said


async def find_differences(pool: asyncpg.Pool, files: Iterable[BadFile]) -> AsyncIterator[str | None]:
    """Of each file in turn; None for one that ends as stated."""
    account = await make_brand()
    query = await write_count(pool)
    before = dict(await pool.fetchrow(query))
    for bad in files:
        said = await describe(await run(await put_file(account, bad.kind, bad.content, format=bad.format)))
        after = dict(await pool.fetchrow(query))
        rows = {name: count for name, count in find_new(before, after).items() if name not in OF_EACH_IMPORT}
        is_as_stated = said.startswith(bad.says) and rows == dict(bad.rows)
        yield None if is_as_stated else f"{bad.name}: {said} {rows} instead of {bad.says} {dict(bad.rows)}"
        before = after


@pytest.mark.feature("CU11")
async def test_every_file_ends_as_stated_and_holds_nobody_up(pool: asyncpg.Pool, watch: CallbackWatch) -> None:
    found: dict[str, tuple[float, str | None]] = {}
    names = iter(bad.name for bad in FILES)
    async for difference in find_differences(pool, FILES):
        spent_ms, _ = watch.read()
        found[next(names)] = (spent_ms, difference)

    assert "\n".join(difference for _, difference in found.values() if difference) == ""
    assert {name: spent_ms for name, (spent_ms, _) in found.items() if spent_ms > MAX_CALLBACK_MS} == {}
    assert len(found) == len(FILES)


async def test_another_end_and_a_row_too_many_are_seen(pool: asyncpg.Pool) -> None:
    of_a_creator = next(bad for bad in FILES if bad.rows)
    wrong = [FILES[0]._replace(says="1 created"), of_a_creator._replace(rows={})]

    assert None not in [difference async for difference in find_differences(pool, wrong)]


def test_each_file_has_a_name_and_a_content_of_its_own() -> None:
    names = [bad.name for bad in FILES]

    assert len(names) == len(set(names)) >= 40
    assert len({(bad.content, bad.kind, bad.format) for bad in FILES}) == len(FILES)
