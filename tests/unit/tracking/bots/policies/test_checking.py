"""What may be set: everything else is refused by the name of its field, with what would be right."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.bots.policies.checking import change_overrides
from tracking.bots.policies.rules import BotMode, Lists, Overrides
from tracking.bots.verdicts import Reason
from tracking.errors import InvalidInputError

pytestmark = pytest.mark.feature("TR26")


def allow(**lists: tuple[str, ...]) -> dict[str, Any]:
    return {"allow": Lists(**lists)}


def find_refused(changes: dict[str, Any]) -> tuple[str, ...] | None:
    try:
        change_overrides(Overrides(), changes)
    except InvalidInputError as error:
        return error.path
    return None


class TestChanging:
    def test_what_is_named_changes_and_the_rest_stays(self) -> None:
        now = Overrides(mode=BotMode.OFF, burst_s=2.0, weights={"ODD_ACCEPT": 10})

        after = change_overrides(now, {"mode": BotMode.CONFIRM, "burst_s": None})

        assert after == Overrides(mode=BotMode.CONFIRM, weights={"ODD_ACCEPT": 10})

    def test_weights_are_replaced_together_and_none_of_them_is_none(self) -> None:
        now = Overrides(weights={"ODD_ACCEPT": 10, "HEADLESS": 0})

        assert change_overrides(now, {"weights": [(Reason.HEADLESS, 50)]}).weights == {"HEADLESS": 50}
        assert change_overrides(now, {"weights": []}).weights is None

    def test_lists_are_kept_in_one_form_each_entry_once(self) -> None:
        given = Lists(
            networks=(" 203.0.113.0/24", "2001:DB8:0::/32", "203.0.113.0/24"),
            user_agent_patterns=("Foo/[0-9]+", "Foo/[0-9]+"),
            countries=("de", "DE", "at "),
        )

        assert change_overrides(Overrides(), {"deny": given}).deny == Lists(
            ("203.0.113.0/24", "2001:db8::/32"), ("Foo/[0-9]+",), ("DE", "AT")
        )

    def test_an_empty_list_is_set_and_not_left_out(self) -> None:
        assert change_overrides(Overrides(), {"allow": Lists()}) == Overrides(allow=Lists())

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"weights": [(Reason.HEADLESS, 200), (Reason.IN_APP_BROWSER, -200)]}, None),
            ({"weights": [(Reason.HEADLESS, 201)]}, ("weights", "0", "points")),
            ({"weights": [(Reason.HEADLESS, -1)]}, ("weights", "0", "points")),
            ({"weights": [(Reason.HEADLESS, 0), (Reason.CONFIRMED, 1)]}, ("weights", "1", "points")),
            ({"weights": [(Reason.HEADLESS, 0), (Reason.HEADLESS, 1)]}, ("weights", "1", "reason")),
            ({"weights": [(Reason.METHOD_HEAD, 100)]}, ("weights", "0", "reason")),
            ({"weights": [(Reason.DENIED_BY_POLICY, 0)]}, ("weights", "0", "reason")),
            ({"bot_score": 1000, "suspect_score": 999}, None),
            ({"bot_score": 1001, "suspect_score": 1}, ("botScore",)),
            ({"bot_score": 2, "suspect_score": 0}, ("suspectScore",)),
            ({"bot_score": 50, "suspect_score": 50}, ("suspectScore",)),
            ({"bot_score": 50}, ("suspectScore",)),
            ({"suspect_score": 50}, ("botScore",)),
            ({"velocity_bot_clicks": 3, "velocity_suspect_clicks": 2}, None),
            ({"velocity_bot_clicks": 3, "velocity_suspect_clicks": 1}, ("velocitySuspectClicks",)),
            ({"velocity_bot_clicks": 3, "velocity_suspect_clicks": 3}, ("velocitySuspectClicks",)),
            ({"velocity_bot_clicks": 100_001, "velocity_suspect_clicks": 3}, ("velocityBotClicks",)),
            ({"velocity_bot_clicks": 3}, ("velocitySuspectClicks",)),
            ({"burst_s": 0.1, "soon_after_delivery_s": 0.0}, None),
            ({"burst_s": 0.09}, ("burstS",)),
            ({"burst_s": 60.1}, ("burstS",)),
            ({"burst_s": float("nan")}, ("burstS",)),
            ({"soon_after_delivery_s": -0.1}, ("soonAfterDeliveryS",)),
            ({"soon_after_delivery_s": 3600.1}, ("soonAfterDeliveryS",)),
            (allow(networks=("0.0.0.0/0", "10.0.0.0/24", "2001:db8:1::/48")), None),
            (allow(networks=("10.0.0.0/24", "nonsense")), ("allow", "networks", "1")),
            (allow(networks=("203.0.113.0/25",)), ("allow", "networks", "0")),
            (allow(networks=("203.0.113.7",)), ("allow", "networks", "0")),
            (allow(networks=("203.0.113.7/24",)), ("allow", "networks", "0")),
            (allow(networks=("2001:db8::/49",)), ("allow", "networks", "0")),
            (allow(networks=tuple(f"10.{n // 256}.{n % 256}.0/24" for n in range(1_000))), None),
            (allow(networks=("10.0.0.0/24",) * 1_001), ("allow", "networks")),
            (allow(user_agent_patterns=("x" * 200,)), None),
            (allow(user_agent_patterns=("x" * 201,)), ("allow", "userAgentPatterns", "0")),
            (allow(user_agent_patterns=("",)), ("allow", "userAgentPatterns", "0")),
            (allow(user_agent_patterns=("ok", "(")), ("allow", "userAgentPatterns", "1")),
            (allow(user_agent_patterns=("(?=ahead)",)), ("allow", "userAgentPatterns", "0")),
            (allow(user_agent_patterns=("x*",)), ("allow", "userAgentPatterns", "0")),
            (allow(user_agent_patterns=("(\\pL{1,30}){1,33}",)), ("allow", "userAgentPatterns", "0")),
            (allow(user_agent_patterns=("\ud800",)), ("allow", "userAgentPatterns", "0")),
            (allow(user_agent_patterns=tuple(f"x{n}" for n in range(101))), ("allow", "userAgentPatterns")),
            (allow(user_agent_patterns=tuple(f"(?i)acme-monitor-of-{n}/[0-9.]+" for n in range(100))), None),
            (allow(user_agent_patterns=tuple(f"(a|b)*a(a|b){{60}}{n}" for n in range(30))), (
                "allow", "userAgentPatterns"
            )),
            (allow(user_agent_patterns=tuple(f"(x{{1,30}}){{1,33}}{n}" for n in range(100))), (
                "allow", "userAgentPatterns"
            )),
            (allow(countries=("DE", "uk")), ("allow", "countries", "1")),
        ],
    )  # fmt: skip
    def test_limits_name_the_field(self, changes: dict[str, Any], path: tuple[str, ...] | None) -> None:
        assert find_refused(changes) == path

    def test_a_network_too_narrow_is_told_which_one_would_do(self) -> None:
        with pytest.raises(InvalidInputError, match=r"no more than its /24 is stored: give 203\.0\.113\.0/24"):
            change_overrides(Overrides(), allow(networks=("203.0.113.7",)))
        with pytest.raises(InvalidInputError, match=r"/48 is stored: give 2001:db8:1::/48"):
            change_overrides(Overrides(), allow(networks=("2001:db8:1:2::/64",)))

    @given(text=st.text(max_size=40), field=st.sampled_from(["networks", "user_agent_patterns", "countries"]))
    def test_any_text_is_refused_or_kept_in_a_form_that_is_kept_again(self, text: str, field: str) -> None:
        changes = allow(**{field: (text,)})
        path = find_refused(changes)

        if path is None:
            once = change_overrides(Overrides(), changes)
            assert change_overrides(Overrides(), {"allow": once.allow}) == once
        else:
            assert path[0] == "allow"
