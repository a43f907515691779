"""Which clicks a policy counts. What a click is, and in which column it stands, is never the policy's to say (R4)."""

import pytest

from tracking.bots.policies.rules import BotMode, Lists, Overrides, merge
from tracking.bots.rules import ClickFacts
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import Fact
from tracking.clicks.judging import Judgement, judge
from tracking.reports.scopes import COUNTERS

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; en_US; en; scale=3.00; 1170x2532; 6077)"
)
HEADERS = Fact.ACCEPT_HTML | Fact.ACCEPT_LANGUAGE | Fact.SEC_FETCH_USER | Fact.SEC_FETCH_NAVIGATE
ASKED = Fact.CONFIRMATION_ASKED
PERSON = ClickFacts(0, CHROME)
CLICKS = {
    "a person": PERSON,
    "a suspect": ClickFacts(0, CHROME, is_from_hosting=True),
    "a person who was asked": ClickFacts(ASKED, CHROME),
    "an app's browser that was asked": ClickFacts(ASKED | HEADERS, INSTAGRAM, has_cookie=True),
    "a person who continued": ClickFacts(ASKED, CHROME, evidence=Reason.CONFIRMED),
    "a program": ClickFacts(0, "curl/8.5.0"),
    "a preview": ClickFacts(0, "Twitterbot/1.0"),
    "a prefetch": ClickFacts(Fact.PREFETCH, CHROME),
    "a test": ClickFacts(Fact.TEST, CHROME),
}
PEOPLE_AND_PROGRAMS = {name for name in CLICKS if name not in {"a preview", "a prefetch", "a test"}}
# Which of them count on a public link, and on a contact's.
COUNTED = {
    BotMode.OFF: (
        PEOPLE_AND_PROGRAMS,
        PEOPLE_AND_PROGRAMS,
    ),
    BotMode.LABEL: (
        {"a person", "a suspect", "a person who continued"},
        {"a person", "a person who continued"},
    ),
    BotMode.CONFIRM: (
        {"a person", "a suspect", "a person who continued"},
        {"a person", "a person who continued"},
    ),
}


def judge_by(overrides: Overrides, facts: ClickFacts, *, has_contact: bool = False) -> Judgement:
    return judge(facts, RULESETS[CURRENT_RULESET], merge([overrides]), has_contact=has_contact)


@pytest.mark.feature("TR26", "R4")
class TestCounting:
    @pytest.mark.parametrize("mode", BotMode)
    @pytest.mark.parametrize("has_contact", [False, True])
    def test_a_mode_counts_what_the_table_says(self, mode: BotMode, has_contact: bool) -> None:
        counted = {
            name
            for name, facts in CLICKS.items()
            if judge_by(Overrides(mode=mode), facts, has_contact=has_contact).is_counted
        }

        assert counted == COUNTED[mode][has_contact]

    def test_suspects_count_where_the_switch_for_the_kind_of_link_says_so(self) -> None:
        turned = Overrides(counts_public_suspects=False, counts_contact_suspects=True)

        assert [
            judge_by(overrides, CLICKS["a suspect"], has_contact=has_contact).is_counted
            for overrides in (Overrides(), turned)
            for has_contact in (False, True)
        ] == [True, False, False, True]

    @pytest.mark.parametrize("name", CLICKS)
    def test_switches_change_no_column(self, name: str) -> None:
        columns = {
            judge_by(Overrides(mode=mode, counts_public_suspects=counts, counts_contact_suspects=counts), CLICKS[name])[
                :6
            ]
            for mode in BotMode
            for counts in (False, True)
        }

        assert len(columns) == 1


@pytest.mark.feature("TR26")
class TestLists:
    def test_a_network_that_is_denied_is_a_bot_and_one_beside_it_is_not(self) -> None:
        deny = Overrides(deny=Lists(networks=("203.0.113.0/24",)))

        denied = judge_by(deny, PERSON._replace(network=bytes([203, 0, 113])))
        other = judge_by(deny, PERSON._replace(network=bytes([203, 0, 114])))

        assert (denied.verdict, denied.reasons, denied.is_counted) == (Verdict.BOT, Reason.DENIED_BY_POLICY, False)
        assert COUNTERS[denied.counter] == "bot_clicks"
        assert (other.verdict, other.reasons, other.is_counted) == (Verdict.HUMAN, 0, True)

    def test_a_user_agent_that_is_allowed_is_a_person_where_it_would_be_a_bot(self) -> None:
        allow = Overrides(allow=Lists(user_agent_patterns=("^curl/",)))

        allowed, usual = (judge_by(each, CLICKS["a program"]) for each in (allow, Overrides()))

        assert (allowed.verdict, allowed.is_counted) == (Verdict.HUMAN, True)
        assert allowed.reasons & Reason.ALLOWED_BY_POLICY
        assert (usual.verdict, usual.is_counted) == (Verdict.BOT, False)

    def test_a_country_that_is_denied_is_a_bot_s(self) -> None:
        deny = Overrides(deny=Lists(countries=("NL",)))

        assert [judge_by(deny, PERSON._replace(country=country)).verdict for country in ("NL", "DE", None)] == [
            Verdict.BOT,
            Verdict.HUMAN,
            Verdict.HUMAN,
        ]

    def test_to_be_allowed_makes_no_person_of_a_preview_or_a_test(self) -> None:
        allow = Overrides(allow=Lists(networks=("0.0.0.0/0",)))
        found = [judge_by(allow, CLICKS[name]._replace(network=bytes(3))) for name in ("a preview", "a test")]

        assert [each.traffic_class for each in found] == [TrafficClass.PREVIEW, TrafficClass.TEST]
        assert all(each.reasons & Reason.ALLOWED_BY_POLICY for each in found)

    def test_a_person_s_verdict_stands_over_a_list(self) -> None:
        policy = merge([Overrides(deny=Lists(countries=("NL",)))])
        facts = PERSON._replace(country="NL")

        corrected = judge(facts, RULESETS[CURRENT_RULESET], policy, has_contact=False, manual=Verdict.HUMAN)

        assert (corrected.verdict, corrected.is_counted) == (Verdict.HUMAN, True)


@pytest.mark.feature("TR26")
class TestConfirming:
    @pytest.mark.parametrize("suspect_score", [10, 90])
    def test_no_sign_and_no_threshold_stands_for_continuing_past_the_page(self, suspect_score: int) -> None:
        overrides = Overrides(mode=BotMode.CONFIRM, bot_score=100, suspect_score=suspect_score)

        asked, continued = (
            judge_by(overrides, facts)
            for facts in (
                CLICKS["an app's browser that was asked"],
                CLICKS["an app's browser that was asked"]._replace(evidence=Reason.CONFIRMED),
            )
        )

        assert (asked.verdict, asked.is_counted) == (Verdict.SUSPECT, False)
        assert (continued.verdict, continued.is_counted) == (Verdict.HUMAN, True)

    def test_who_is_allowed_need_not_continue(self) -> None:
        allow = Overrides(mode=BotMode.CONFIRM, allow=Lists(user_agent_patterns=("Instagram",)))

        assert judge_by(allow, CLICKS["an app's browser that was asked"]).is_counted
