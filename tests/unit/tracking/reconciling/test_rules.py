"""What other tools would count, and that the causes add up to the difference whatever the clicks are."""

import datetime as dt
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.clicks.event import VisitorMethod
from tracking.reconciling.rules import Cause, Definition, Reconciler, Reconciliation, SeenClick

pytestmark = pytest.mark.feature("R5", "LO10")

MIDNIGHT_MS: Final = 1_774_742_400_000  # 2026-03-29 in UTC
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS


def see(after_ms: int, **changes: Any) -> SeenClick:
    """A unique click of a person so long after midnight, or before it."""
    at_ms = MIDNIGHT_MS + after_ms
    click = SeenClick(
        at_ms=at_ms,
        link_id=7,
        left_out_for=Cause.POLICY,
        is_counted=True,
        is_unique=True,
        is_bound=False,
        visitor_key=b"anna",
        visitor_day=dt.datetime.fromtimestamp(at_ms / 1_000, dt.UTC).date(),
        visitor_method=VisitorMethod.HASH,
        network=b"\xcb\x00\x71",
        user_agent_id=1,
    )
    return click._replace(**changes)


def repeat(after_ms: int, **changes: Any) -> SeenClick:
    return see(after_ms, is_unique=False, **changes)


def leave_out(after_ms: int, cause: Cause, **changes: Any) -> SeenClick:
    return see(after_ms, left_out_for=cause, is_counted=False, is_unique=False, **changes)


def reconcile(definition: Definition, *clicks: SeenClick) -> tuple[int, int, dict[Cause, int]]:
    """Ours, theirs, and the causes that are not zero."""
    found = reconcile_all(definition, list(clicks))
    return found.ours, found.theirs, {cause: clicks for cause, clicks in found.causes.items() if clicks}


def reconcile_all(definition: Definition, clicks: list[SeenClick]) -> Reconciliation:
    reconciler = Reconciler(definition)
    for click in clicks:
        reconciler.add(click)
    return reconciler.result


def test_raw_counts_whatever_came() -> None:
    causes = [Cause.BOTS, Cause.PREVIEWS, Cause.PREFETCHES, Cause.TESTS, Cause.SUSPECTS, Cause.POLICY]
    left_out = [leave_out(place, cause) for place, cause in enumerate(causes)]

    found = reconcile(Definition.RAW, *left_out, see(10), repeat(11))

    assert found == (1, 8, {**dict.fromkeys(causes, 1), Cause.REPEATS: 1})


def test_a_repeat_counts_when_an_hour_is_over() -> None:
    found = reconcile(Definition.IP_UA_1H, see(0), repeat(HOUR_MS - 1), repeat(HOUR_MS), repeat(HOUR_MS + 1))

    assert found == (1, 2, {Cause.REPEATS: 1})


def test_a_session_goes_on_while_there_are_clicks() -> None:
    minutes = [repeat(minute * MINUTE_MS) for minute in (29, 58, 87)]

    assert reconcile(Definition.SESSION_30MIN, see(0), *minutes) == (1, 1, {})
    assert reconcile(Definition.SESSION_30MIN, see(0), *minutes, repeat(117 * MINUTE_MS)) == (
        1,
        2,
        {Cause.REPEATS: 1},
    )


@pytest.mark.parametrize("definition", [Definition.IP_UA_1H, Definition.COOKIE_24H, Definition.SESSION_30MIN])
def test_midnight_ends_no_window(definition: Definition) -> None:
    tomorrow = see(10 * MINUTE_MS, visitor_key=b"anna tomorrow")

    assert reconcile(definition, see(-10 * MINUTE_MS), tomorrow) == (2, 1, {Cause.DAY_BORDER: -1})
    assert reconcile(definition, see(-10 * MINUTE_MS), tomorrow._replace(user_agent_id=2)) == (2, 2, {})


def test_two_cookies_behind_one_address_are_one_for_who_goes_by_address() -> None:
    anna, bela = [
        see(place, visitor_key=name, visitor_method=VisitorMethod.COOKIE) for place, name in enumerate((b"a", b"b"))
    ]

    assert reconcile(Definition.IP_UA_1H, anna, bela) == (2, 1, {Cause.SHARED_ADDRESS: -1})
    assert reconcile(Definition.COOKIE_24H, anna, bela) == (2, 2, {})


def test_a_cookie_that_changed_its_network_is_two_for_who_goes_by_address() -> None:
    at_home = see(0, visitor_method=VisitorMethod.COOKIE)
    on_the_road = repeat(1, visitor_method=VisitorMethod.COOKIE, network=b"\xc6\x33\x64")

    assert reconcile(Definition.IP_UA_1H, at_home, on_the_road) == (1, 2, {Cause.REPEATS: 1})
    assert reconcile(Definition.COOKIE_24H, at_home, on_the_road) == (1, 1, {})


def test_a_contact_counts_once_for_a_message() -> None:
    bound: dict[str, Any] = {"is_bound": True, "visitor_method": VisitorMethod.CONTACT}

    found = reconcile(Definition.COOKIE_24H, see(0, **bound), repeat(1, link_id=8, **bound), repeat(2, **bound))

    assert found == (1, 2, {Cause.CONTACTS: 1})


def test_a_suspect_who_clicks_again_as_a_person_is_one_in_both() -> None:
    found = reconcile(Definition.COOKIE_24H, leave_out(0, Cause.SUSPECTS), see(1))

    assert found == (1, 1, {})


def test_programs_that_a_policy_counts_are_left_out() -> None:
    assert reconcile(Definition.COOKIE_24H, see(0, left_out_for=Cause.BOTS)) == (1, 0, {Cause.POLICY: -1})


def test_links_have_windows_of_their_own() -> None:
    assert reconcile(Definition.COOKIE_24H, see(0), see(1, link_id=8)) == (2, 2, {})


def test_what_is_not_asked_for_only_opens_windows() -> None:
    reconciler = Reconciler(Definition.COOKIE_24H)
    reconciler.add(see(-MINUTE_MS), is_asked_for=False)
    reconciler.add(see(0, visitor_key=b"anna tomorrow"))

    assert (reconciler.result.ours, reconciler.result.theirs) == (1, 0)


CLICKS: Final = st.lists(
    st.builds(
        see,
        st.integers(-30 * HOUR_MS, 30 * HOUR_MS),
        link_id=st.sampled_from([7, 8]),
        left_out_for=st.sampled_from(Cause),
        is_counted=st.booleans(),
        is_unique=st.booleans(),
        is_bound=st.booleans(),
        visitor_key=st.sampled_from([b"a", b"b", b"c"]),
        visitor_method=st.sampled_from(VisitorMethod),
        network=st.sampled_from([None, b"1", b"2"]),
        user_agent_id=st.sampled_from([None, 1]),
    ),
    max_size=40,
).map(lambda clicks: sorted(clicks, key=lambda click: click.at_ms))


@given(CLICKS, st.sampled_from(Definition))
def test_causes_add_up_to_the_difference(clicks: list[SeenClick], definition: Definition) -> None:
    found = reconcile_all(definition, clicks)

    assert sum(found.causes.values()) == found.theirs - found.ours
    assert found.ours == sum(click.is_unique for click in clicks)


@given(CLICKS)
def test_by_a_day_of_the_cookie_nobody_counts_twice_within_24_hours(clicks: list[SeenClick]) -> None:
    """Beside the plainest of all ways to count: who goes by cookies alone asks when one was counted last."""
    cookies = [click._replace(visitor_method=VisitorMethod.COOKIE, left_out_for=Cause.POLICY) for click in clicks]
    counted_at: dict[tuple[int, bytes], int] = {}
    expected = 0
    for click in cookies:
        key = click.link_id, click.visitor_key
        if key not in counted_at or click.at_ms - counted_at[key] >= 24 * HOUR_MS:
            counted_at[key] = click.at_ms
            expected += 1

    assert reconcile_all(Definition.COOKIE_24H, cookies).theirs == expected
