"""The bench of bots: rows that are wrong are named, rates and their intervals are what they should be."""

import json
from pathlib import Path

import pytest

from bench.bots import read_own_rows, read_rows, run
from bench.programs import BenchError
from bench.scores import find_interval

ROWS = [
    {"ua": "curl/8.5.0", "label": "bot", "kind": "library"},
    {"ua": "Twitterbot/1.0", "label": "preview", "kind": "preview"},
    {
        "ua": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
        "label": "human",
        "kind": "browser",
    },
    {"ua": "Mozilla/5.0 (X11; Linux x86_64; rv:9.0) Gecko/20100101 Firefox/9.0", "label": "bot", "kind": "crawler"},
    {"ua": "UnlistedThing/1.0", "label": "human", "kind": "browser"},
    {"ua": "Outlook-iOS/719.3750190.prod.iphone (4.23.0)", "label": "human", "kind": "app"},
]


def write(folder: Path, lines: list[str]) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.feature("TR25")
class TestBench:
    def test_rates_are_in_all_and_by_kind_with_suspects_taken_for_people(self, tmp_path: Path) -> None:
        found = run(1, write(tmp_path, [json.dumps(row) for row in ROWS])).as_json()
        kinds = found["kinds"]
        assert isinstance(kinds, dict)
        assert (found["recall"], found["precision"]) == (0.66667, 0.66667)
        assert (found["false_positives"], found["false_negatives"]) == (1, 1)
        assert found["recall_interval"] == [0.20766, 0.93851]
        assert found["apps"] == {"rows": 1, "human": 0, "suspect": 1, "bot": 0}
        assert {kind: (each["recall"], each["false_positives"]) for kind, each in kinds.items()} == {
            "browser": (None, 1),
            "crawler": (0.0, 0),
            "library": (1.0, 0),
            "preview": (1.0, 0),
        }
        assert json.loads(json.dumps(found, allow_nan=False)) == found

    def test_the_suites_own_set_holds_its_gates_but_those_of_speed(self) -> None:
        found = run(1).as_json()
        assert (found["false_positives"], found["false_negatives"]) == (0, 0)
        missed = found["missed"]
        assert isinstance(missed, list)
        assert {*missed} <= {"uncached_vs_is_crawler", "cached_vs_is_crawler"}
        assert len(read_own_rows()) > 2_500

    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            ("{", "set.jsonl line 2 is not JSON"),
            ("[]", "set.jsonl line 2 is not an object"),
            ('{"label": "bot"}', "set.jsonl line 2 has no text as `ua`"),
            ('{"ua": 7, "label": "bot"}', "set.jsonl line 2 has no text as `ua`"),
            ('{"ua": "x"}', "set.jsonl line 2 has no text as `label`"),
            ('{"ua": "x", "label": "robot"}', "set.jsonl line 2: `label` is 'robot'; it can be bot, human, prefetch"),
        ],
    )
    def test_a_bad_row_is_named_by_its_line(self, tmp_path: Path, line: str, complaint: str) -> None:
        with pytest.raises(BenchError) as raised:
            list(read_rows(write(tmp_path, [json.dumps(ROWS[0]), line])))
        assert str(raised.value).startswith(complaint)

    def test_a_file_that_is_not_there_or_has_no_rows_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BenchError, match="cannot be read"):
            run(1, tmp_path / "none.jsonl")
        with pytest.raises(BenchError, match="has no rows"):
            run(1, write(tmp_path, [""]))


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 944, 0.0, 0.00405), (10, 10, 0.72247, 1.0), (50, 100, 0.40383, 0.59617)],
)
def test_intervals_are_wilsons(hits: int, cases: int, low: float, high: float) -> None:
    assert list(find_interval(hits, cases)) == pytest.approx([low, high], abs=1e-5)
