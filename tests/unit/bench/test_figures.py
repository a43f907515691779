from bench.figures import Figure, Gate, Outcome, Table

FLOOR = Gate(0.55, ambition=0.65)
CEILING = Gate(1.8, is_ceiling=True)


class TestGate:
    def test_a_floor_is_held_from_its_bound_up(self) -> None:
        assert FLOOR.is_held_by(0.55)
        assert not FLOOR.is_held_by(0.5499)

    def test_a_ceiling_is_held_up_to_its_bound(self) -> None:
        assert CEILING.is_held_by(1.8)
        assert not CEILING.is_held_by(1.8001)


class TestFigure:
    def test_one_disturbed_round_does_not_move_it(self) -> None:
        assert Figure.median("ratio", [0.6, 0.1, 0.62]).value == 0.6

    def test_a_missed_gate_is_said_aloud(self) -> None:
        assert Figure("ratio", 0.5, FLOOR).describe() == ["ratio", "0.5", "", "≥ 0.55 (ambition 0.65): MISSED"]

    def test_a_figure_without_gate_misses_nothing(self) -> None:
        assert Figure("ratio", 0).is_held


class TestOutcome:
    def test_json_has_every_figure_and_the_missed_gates(self) -> None:
        outcome = Outcome("redirect", figures=[Figure("rate", 0.5, FLOOR), Figure("cpu", 1.5, CEILING)])

        assert outcome.as_json() == {
            "bench": "redirect",
            "rate": 0.5,
            "cpu": 1.5,
            "gates": [
                {"name": "rate", "value": 0.5, "verdict": "≥ 0.55 (ambition 0.65): MISSED"},
                {"name": "cpu", "value": 1.5, "verdict": "≤ 1.8: held"},
            ],
            "missed": ["rate"],
        }

    def test_tables_are_aligned_markdown(self) -> None:
        table = Table("Rates", ["server", "req/s"], [["bare", "30,187"]])

        assert table.format() == "Rates\n\n| server |  req/s |\n| ------ | ------ |\n| bare   | 30,187 |"
