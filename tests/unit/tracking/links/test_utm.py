import hypothesis.strategies as st
import pytest
from hypothesis import given

from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_destination
from tracking.links.utm import Utm, check_utm, read_utm, write_utm

values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
names = st.sampled_from(["a", "utm_medium", "utm_source", "utm%5Fterm", "utm_x", "q[]"])
pairs = st.tuples(names, st.sampled_from(["", "=", "=1", "=%20", "=a+b"])).map("".join)
destinations = st.builds(
    lambda query, fragment: f"https://brand.example/p{'?' if query else ''}{'&'.join(query)}{fragment}",
    st.lists(pairs, max_size=6),
    st.sampled_from(["", "#part", "#/route?utm_medium=no"]),
)


@pytest.mark.feature("LS13")
@pytest.mark.parametrize(
    ("destination", "utm", "written"),
    [
        ("https://b.example/", Utm(medium="tiktok"), "https://b.example/?utm_medium=tiktok"),
        ("https://b.example/?a=1#x", Utm("ig", "bio"), "https://b.example/?a=1&utm_source=ig&utm_medium=bio#x"),
        ("https://b.example/?utm_medium=1&a=2", Utm(medium="3"), "https://b.example/?utm_medium=3&a=2"),
        ("https://b.example/?utm_term=1&a&utm_term=2", Utm(term="3"), "https://b.example/?utm_term=3&a"),
        ("https://b.example/?utm_term=1&a=%20+", Utm(term=""), "https://b.example/?a=%20+"),
        ("https://b.example/?utm_term=1#x", Utm(term=""), "https://b.example/#x"),
        ("https://b.example/#/r?utm_term=1", Utm(term="2"), "https://b.example/?utm_term=2#/r?utm_term=1"),
        ("https://b.example/", Utm(campaign="a&b=c d#é"), "https://b.example/?utm_campaign=a%26b%3Dc%20d%23%C3%A9"),
    ],
)
def test_parameters_are_written_where_they_stand_and_before_the_fragment(
    destination: str, utm: Utm, written: str
) -> None:
    assert write_utm(destination, utm) == written


@pytest.mark.feature("LS13")
@given(destinations, st.builds(Utm, values, values, values, values, values))
def test_what_was_written_is_read_back_and_written_again_changes_nothing(destination: str, utm: Utm) -> None:
    written = write_utm(destination, utm)

    assert read_utm(written) == utm
    assert write_utm(written, utm) == written


@given(destinations, (st.none() | values).map(Utm))
def test_what_is_not_given_stays(destination: str, utm: Utm) -> None:
    before, after = read_utm(destination), read_utm(write_utm(destination, utm))

    assert after == before._replace(source=before.source if utm.source is None else utm.source)


@given(destinations, st.builds(Utm, values, values))
def test_a_destination_stays_one(destination: str, utm: Utm) -> None:
    written = write_utm(destination, utm)

    assert normalise_destination(written, is_tracking_host=lambda _: False) == written


def test_a_value_that_cannot_be_stored_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_utm(Utm(medium="x" * 201))
    assert refused.value.path == ("medium",)
