from bench.rounds import Pair, measure_in_pairs


def test_each_variant_is_measured_right_after_a_reference_of_its_own() -> None:
    asked: list[str] = []

    def measure(name: str) -> int:
        asked.append(name)
        return len(asked)

    pairs = list(measure_in_pairs(measure, "bare", ["ours", "route"], rounds=2))

    assert asked == ["bare", "ours", "bare", "route"] * 2
    assert pairs == [("ours", Pair(1, 2)), ("route", Pair(3, 4)), ("ours", Pair(5, 6)), ("route", Pair(7, 8))]
