"""Whatever strangers send to real programs, it is answered as stated, adds no row too many, and holds nobody up."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Final, NamedTuple

import pytest

from tests.conftest import Stores
from tests.documenting import describe_run, document, write_table
from tests.fuzz.bad_inputs.conversions import CONVERSIONS
from tests.fuzz.bad_inputs.graphql import GRAPHQL
from tests.fuzz.bad_inputs.inputs import BadInput
from tests.fuzz.bad_inputs.links import LINKS
from tests.fuzz.bad_inputs.pixels import PIXELS
from tests.fuzz.bad_inputs.redirect import REDIRECT
from tests.fuzz.bad_inputs.uploads import UPLOADS
from tests.fuzz.bad_inputs.websockets import WEBSOCKETS
from tests.fuzz.sending import exchange, list_answers, say_codes, say_frames, say_statuses, send
from tests.fuzz.site import Site, find_new, open_site
from tests.fuzz.summary import BLOCK, Row
from tests.fuzz.watching import MAX_CALLBACK_MS, Callback, watched_programs
from tests.waiting import eventually


class Door(NamedTuple):
    name: str
    program: str
    inputs: Sequence[BadInput]
    summarise: Callable[[bytes], str]


DOORS: Final = [
    Door("redirect", "redirector", REDIRECT, say_statuses),
    Door("conversions", "redirector", CONVERSIONS, say_statuses),
    Door("pixels", "redirector", PIXELS, say_statuses),
    Door("link creation", "api", LINKS, say_codes),
    Door("uploads", "api", UPLOADS, say_statuses),
    Door("graphql", "api", GRAPHQL, say_codes),
    Door("websockets", "api", WEBSOCKETS, say_frames),
]


@pytest.fixture(scope="module")
async def site(stores: Stores) -> AsyncIterator[Site]:
    async with open_site(stores.settings, stores.pool, stores.redis) as opened:
        yield opened
    await stores.clean()


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest, capsys_suspended: Callable[[str], None]) -> Iterator[list[Row]]:
    """What was found at each door; printed, and kept in docs/reliability.md where `./dev fuzz` asked all of them."""
    rows: list[Row] = []
    machine = describe_run()
    yield rows
    table = write_table(BLOCK.headings, [row.write() for row in rows])
    capsys_suspended("\n".join(table))
    if request.config.getoption("--hypothesis-profile") == "fuzz" and len(rows) == len(DOORS):
        document(BLOCK, [*machine, "", *table])


@pytest.fixture(scope="module")
def capsys_suspended(request: pytest.FixtureRequest) -> Callable[[str], None]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def show(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{text}\n")

    return show


class Found(NamedTuple):
    """What differs from what is stated, by input, and the worst that the door made of its loop."""

    differences: list[str]
    worst: Callback
    worst_input: str
    server_errors: int


async def attack(site: Site, door: Door) -> Found:
    watched = site.programs[door.program]
    assert await site.is_serving(door.program)  # and whatever is imported when it is needed first, is
    watched.read_worst()
    differences: list[str] = []
    worst, worst_input, server_errors = Callback(0, ""), "", 0
    before = await site.count_rows()
    for bad in door.inputs:
        received = await send(watched.port, bad, site.names)
        after = await site.count_rows()
        if bad.hangs_up:  # what was begun is taken back when the door notices, which nobody is told
            expected = before | {name: before[name] + count for name, count in bad.rows.items()}
            after = await eventually(site.count_rows, expected.__eq__)
        said, rows = door.summarise(received), find_new(before, after)
        if said not in bad.answer.split(" or ") or rows != dict(bad.rows):
            differences.append(f"{bad.name}: {said} {rows} instead of {bad.answer} {dict(bad.rows)}")
        server_errors += sum(status >= 500 for status, _ in list_answers(received))
        callback = watched.read_worst()
        if callback.spent_ms > worst.spent_ms:
            worst, worst_input = callback, bad.name
        before = after
    return Found(differences, worst, worst_input, server_errors)


@pytest.mark.feature("R1", "R4")
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
async def test_every_input_is_answered_as_stated_and_holds_nobody_up(site: Site, told: list[Row], door: Door) -> None:
    found = await attack(site, door)

    told.append(Row(door.name, len(door.inputs), found.server_errors, len(found.differences), found.worst.spent_ms))
    assert "\n".join(found.differences) == ""
    assert found.server_errors == 0
    assert found.worst.spent_ms <= MAX_CALLBACK_MS, (found.worst, found.worst_input)
    assert await site.is_serving(door.program)


def test_three_hundred_inputs_are_named_each_by_its_own_name() -> None:
    names = [(door.name, bad.name) for door in DOORS for bad in door.inputs]
    sent = {bad.sent for door in DOORS for bad in door.inputs}

    assert len(names) == len(set(names))
    assert len(sent) >= 300


async def test_a_handler_that_holds_everybody_up_is_seen(stores: Stores) -> None:
    with watched_programs(stores.settings, "burning") as programs:
        burning = programs["burning"]
        burning.read_worst()
        assert (await exchange(burning.port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")).startswith(b"HTTP/1.1 200 ")

        assert burning.read_worst().spent_ms > MAX_CALLBACK_MS


async def test_a_row_too_many_and_another_answer_are_seen(site: Site) -> None:
    wrong = [REDIRECT[0]._replace(answer="200"), *(bad._replace(rows={}) for bad in REDIRECT if bad.rows)][:2]

    found = await attack(site, Door("control", "redirector", wrong, say_statuses))

    assert len(found.differences) == len(wrong)
