"""What the oracle of events sees: each mistake of a feed or a reader that could be made, made on purpose."""

import json
import sys
from pathlib import Path

import pytest

from tests.chaos.events.oracle import judge
from tests.chaos.events.readers import Reader, Told

LINK, OTHER = "link 1", "link 2"
EVENTS = [Told(1, "a"), Told(1, "b"), Told(2, "a"), Told(3, "c")]
LOG = dict(zip(EVENTS, (LINK, LINK, LINK, OTHER), strict=True))
UNIQUE = {"totalClicks": 2, "humanClicks": 2, "countedClicks": 2, "uniqueClicks": 2}
REPORT = {(LINK, "2026-11-21"): UNIQUE, (OTHER, "2026-11-21"): {"totalClicks": 1, "botClicks": 1}}


def read_by(folder: Path, told: list[Told], counts: object = REPORT, links: list[str] | None = None) -> Reader:
    """A reader that heard this and counted that."""
    journal = folder / "journal"
    ids = {each: f"evt_{number}" for number, each in enumerate(EVENTS)}
    lines = [
        {"cursor": "…", "id": ids.get(each, "evt_none"), "sequence": each.sequence, "clicks": [{"id": each.click_id}]}
        for each in told
    ]
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert isinstance(counts, dict)
    rows = [{"link": link, "day": day, **row} for (link, day), row in counts.items()]
    printing = "import json, sys; [print(json.dumps(row)) for row in json.loads(sys.argv[1])]"
    command = [sys.executable, "-c", printing, json.dumps(rows)]
    return Reader("a reader", command, command, {}, journal, links)


def test_who_heard_everything_in_order_has_no_problem_however_often_it_was_told(tmp_path: Path) -> None:
    verdict = judge(read_by(tmp_path, [*EVENTS[:2], *EVENTS]), LOG, REPORT)

    assert (verdict.heard, verdict.repeated, verdict.problems) == (4, 2, [])


def test_who_asks_for_one_link_need_not_hear_of_others(tmp_path: Path) -> None:
    own = {key: counts for key, counts in REPORT.items() if key[0] == LINK}

    assert judge(read_by(tmp_path, EVENTS[:3], own, [LINK]), LOG, REPORT).problems == []


@pytest.mark.feature("R13")
@pytest.mark.parametrize(
    ("told", "counts", "seen_as"),
    [
        pytest.param([*EVENTS[:1], *EVENTS[2:]], REPORT, ["1 missing"], id="one-event-skipped"),
        pytest.param(EVENTS[:3], REPORT, ["1 missing"], id="the-last-one-skipped"),
        pytest.param([EVENTS[1], EVENTS[0], *EVENTS[2:]], REPORT, ["1 out_of_order"], id="two-exchanged"),
        pytest.param([*EVENTS, Told(9, "z")], REPORT, ["1 strange"], id="somebody-elses"),
        pytest.param(EVENTS, {**REPORT, (LINK, "2026-11-21"): {**UNIQUE, "uniqueClicks": 1}}, ["1 wrong_counts"],
                     id="a-counter-off-by-one"),
        pytest.param(EVENTS, {(LINK, "2026-11-21"): UNIQUE}, ["1 wrong_counts"], id="a-link-left-out"),
    ],
)  # fmt: skip
def test_a_mistake_is_seen(tmp_path: Path, told: list[Told], counts: object, seen_as: list[str]) -> None:
    assert judge(read_by(tmp_path, told, counts), LOG, REPORT).problems == seen_as


def test_an_event_under_two_ids_is_seen(tmp_path: Path) -> None:
    reader = read_by(tmp_path, EVENTS)
    line = json.loads(reader.journal.read_text().splitlines()[0])
    with reader.journal.open("a") as journal:
        journal.write(json.dumps({**line, "id": "evt_again"}) + "\n")

    assert judge(reader, LOG, REPORT).problems == ["1 unstable_ids"]
