"""What holds where an account, a campaign and a link each set something, and what a policy can make of a ruleset."""

import datetime as dt

import pytest

from tracking.bots.policies.rules import (
    DEFAULT_POLICY,
    WEIGHABLE,
    BotMode,
    Layer,
    Lists,
    Overrides,
    Policy,
    PolicyScope,
    find_sources,
    merge,
)
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.rulesets import CURRENT_RULESET, DECIDING, RULESETS
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import Fact

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
CURRENT = RULESETS[CURRENT_RULESET]
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
ACCOUNT = Overrides(
    mode=BotMode.OFF,
    counts_public_suspects=False,
    counts_contact_suspects=True,
    weights={"HOSTING_NETWORK": 100, "ODD_ACCEPT": 0},
    bot_score=90,
    suspect_score=40,
    allow=Lists(networks=("203.0.113.0/24",)),
    deny=Lists(countries=("NL",)),
    burst_s=2.0,
    soon_after_delivery_s=4.0,
    velocity_bot_clicks=50,
    velocity_suspect_clicks=20,
)
CAMPAIGN = Overrides(
    mode=BotMode.CONFIRM,
    counts_public_suspects=True,
    counts_contact_suspects=False,
    weights={"ODD_ACCEPT": 10},
    bot_score=80,
    suspect_score=30,
    allow=Lists(),
    deny=Lists(countries=("BE",)),
    burst_s=3.0,
    soon_after_delivery_s=0.0,
    velocity_bot_clicks=60,
    velocity_suspect_clicks=30,
)
SINGLE_FIELDS = [name for name in Overrides.__struct_fields__ if name != "weights"]


@pytest.mark.feature("TR26")
class TestMerging:
    def test_nothing_set_is_the_default(self) -> None:
        assert merge([]) == merge([Overrides(), Overrides(), Overrides()]) == DEFAULT_POLICY

    @pytest.mark.parametrize("name", SINGLE_FIELDS)
    def test_the_narrowest_scope_that_sets_a_field_decides_it(self, name: str) -> None:
        account = Overrides(**{name: getattr(ACCOUNT, name)})
        campaign = Overrides(**{name: getattr(CAMPAIGN, name)})

        assert getattr(merge([account, campaign, Overrides()]), name) == getattr(CAMPAIGN, name)
        assert getattr(merge([account, Overrides(), campaign]), name) == getattr(CAMPAIGN, name)
        assert getattr(merge([account, Overrides(), Overrides()]), name) == getattr(ACCOUNT, name)
        assert getattr(ACCOUNT, name) != getattr(CAMPAIGN, name)

    @pytest.mark.parametrize("name", SINGLE_FIELDS)
    def test_a_field_changes_no_other(self, name: str) -> None:
        changed = merge([Overrides(**{name: getattr(ACCOUNT, name)})])

        others = [other for other in Policy.__struct_fields__ if other != name]
        assert [getattr(changed, other) for other in others] == [getattr(DEFAULT_POLICY, other) for other in others]

    def test_weights_are_set_one_by_one(self) -> None:
        assert dict(merge([ACCOUNT, CAMPAIGN]).weights) == {Reason.HOSTING_NETWORK: 100, Reason.ODD_ACCEPT: 10}

    def test_of_each_field_and_reason_it_is_told_who_set_it(self) -> None:
        layers = [
            Layer(PolicyScope.ACCOUNT, ACCOUNT, NOW),
            Layer(PolicyScope.CAMPAIGN, Overrides(burst_s=3.0, weights={"ODD_ACCEPT": 10}), NOW),
            Layer(PolicyScope.LINK, Overrides(mode=BotMode.LABEL), NOW),
        ]

        sources = find_sources(layers)

        assert sources.pop("mode") is PolicyScope.LINK
        assert {sources.pop(name) for name in ("burst_s", "weights", "ODD_ACCEPT")} == {PolicyScope.CAMPAIGN}
        assert set(sources.values()) == {PolicyScope.ACCOUNT}
        assert find_sources([]) == {}


@pytest.mark.feature("TR26", "R4")
class TestAdjusting:
    def test_the_default_policy_leaves_a_ruleset_as_it_is(self) -> None:
        assert DEFAULT_POLICY.adjust(CURRENT) is CURRENT

    def test_a_weight_makes_a_bot_of_what_is_a_person_by_default_and_of_nobody_else(self) -> None:
        strict = merge([Overrides(weights={"HOSTING_NETWORK": 100})]).adjust(CURRENT)
        hosted, other = ClickFacts(0, BROWSER, is_from_hosting=True), ClickFacts(0, BROWSER)

        assert (classify(hosted, strict).verdict, classify(other, strict).verdict) == (Verdict.BOT, Verdict.HUMAN)
        assert classify(hosted, CURRENT).verdict is Verdict.SUSPECT

    def test_a_weight_of_nothing_silences_a_reason(self) -> None:
        lenient = merge([Overrides(weights={"HOSTING_NETWORK": 0})]).adjust(CURRENT)

        assert classify(ClickFacts(0, BROWSER, is_from_hosting=True), lenient)[:2] == (Verdict.HUMAN, TrafficClass.NONE)

    def test_a_weight_holds_for_what_behaviour_shows(self) -> None:
        facts = ClickFacts(0, BROWSER, evidence=Reason.TOO_SOON_AFTER_DELIVERY)
        strict = merge([Overrides(weights={"TOO_SOON_AFTER_DELIVERY": 100})]).adjust(CURRENT)

        assert (classify(facts, strict).verdict, classify(facts, CURRENT).verdict) == (Verdict.BOT, Verdict.HUMAN)

    def test_thresholds_move_what_is_suspect(self) -> None:
        hosted = ClickFacts(0, BROWSER, is_from_hosting=True)
        lax = merge([Overrides(bot_score=300, suspect_score=200)]).adjust(CURRENT)
        strict = merge([Overrides(bot_score=50, suspect_score=10)]).adjust(CURRENT)

        assert (classify(hosted, lax).verdict, classify(hosted, strict).verdict) == (Verdict.HUMAN, Verdict.BOT)

    @pytest.mark.parametrize(
        ("facts", "user_agent", "traffic_class"),
        [
            (Fact.TEST, BROWSER, TrafficClass.TEST),
            (Fact.PREFETCH, BROWSER, TrafficClass.PREFETCH),
            (Fact.HEAD, BROWSER, TrafficClass.INVALID),
            (0, "Twitterbot/1.0", TrafficClass.PREVIEW),
        ],
    )
    @pytest.mark.parametrize("bot_score", [2, 1_000])
    def test_what_decides_alone_does_so_wherever_the_thresholds_are(
        self, facts: int, user_agent: str, traffic_class: TrafficClass, bot_score: int
    ) -> None:
        ruleset = merge([Overrides(bot_score=bot_score, suspect_score=bot_score - 1)]).adjust(CURRENT)

        assert classify(ClickFacts(facts, user_agent), ruleset)[:2] == (Verdict.BOT, traffic_class)

    def test_an_older_ruleset_learns_no_new_reason_from_a_policy(self) -> None:
        adjusted = merge([Overrides(weights={"HOSTING_NETWORK": 100})]).adjust(RULESETS[1])

        assert Reason.HOSTING_NETWORK not in adjusted.weights
        assert adjusted.number == 1

    def test_what_decides_alone_cannot_be_weighed(self) -> None:
        assert {reason for reason in WEIGHABLE if reason & DECIDING} == set()
        assert set(CURRENT.weights) - WEIGHABLE - set(DECIDING) == {Reason.NOT_CONFIRMED}
