import pytest

from tracking.reports.rates import estimate_rate


@pytest.mark.feature("CU6")
@pytest.mark.parametrize(
    ("clicks", "followers", "value", "low", "high"),
    [
        (240, 80_000, 0.0030, 0.00264, 0.00340),
        (2_100, 80_000, 0.02625, 0.02517, 0.02738),
        (0, 100, 0.0, 0.0, 0.03699),
        (100, 100, 1.0, 0.96301, 1.0),
        (1, 2, 0.5, 0.09453, 0.90547),
    ],
)
def test_a_rate_says_how_sure_it_is(clicks: int, followers: int, value: float, low: float, high: float) -> None:
    rate = estimate_rate(clicks, followers)

    assert rate is not None
    assert (rate.value, rate.low, rate.high) == pytest.approx((value, low, high), abs=6e-6)


def test_more_clicks_than_followers_have_bounds_too() -> None:
    rate = estimate_rate(300, 100)

    assert rate is not None
    assert (rate.value, rate.low, rate.high) == pytest.approx((3.0, 2.679, 3.359), abs=1e-3)


def test_without_followers_there_is_no_rate() -> None:
    assert estimate_rate(5, 0) is None


@pytest.mark.parametrize(("clicks", "followers", "is_enough"), [(10, 100, True), (9, 100, False), (10, 99, False)])
def test_little_data_is_called_little(clicks: int, followers: int, is_enough: bool) -> None:
    rate = estimate_rate(clicks, followers)

    assert rate is not None
    assert rate.has_enough_data is is_enough
