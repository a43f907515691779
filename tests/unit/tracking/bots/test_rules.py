"""Verdicts: what facts weigh, what forgives what, and what holds for every request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.people import IN_APP
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS, Ruleset
from tracking.bots.verdicts import EVIDENCE, Reason, TrafficClass, Verdict
from tracking.clicks.event import Fact

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PAGE = Fact.ACCEPT_LANGUAGE | Fact.ACCEPT_HTML
RULES = RULESETS[CURRENT_RULESET]

some_facts = st.integers(0, 2 * max(Fact) - 1)
some_evidence = st.lists(st.sampled_from(list(EVIDENCE)), max_size=3).map(lambda reasons: int(sum({*reasons})))
some_user_agents = st.one_of(
    st.text(max_size=80), st.sampled_from([CHROME, GOOGLEBOT, "", "curl/8.5.0", *(each for _, each in IN_APP)])
)
some_clicks = st.builds(ClickFacts, some_facts, some_user_agents, st.booleans(), st.booleans(), some_evidence)


def leave_out(reason: Reason) -> Ruleset:
    return RULES._replace(weights={**RULES.weights, reason: 0})


@pytest.mark.feature("TR25", "R4")
class TestFacts:
    @pytest.mark.parametrize(
        ("fact", "verdict", "kind", "reason"),
        [
            (PAGE | Fact.HEAD, Verdict.BOT, TrafficClass.INVALID, Reason.METHOD_HEAD),
            (PAGE | Fact.PREFETCH, Verdict.BOT, TrafficClass.PREFETCH, Reason.PREFETCH_HEADER),
            (PAGE | Fact.TEST, Verdict.BOT, TrafficClass.TEST, Reason.TEST),
            (PAGE | Fact.FROM_OR_SCANNER, Verdict.BOT, TrafficClass.SCANNER, Reason.FROM_OR_SCANNER_HEADER),
            (PAGE | Fact.CLIENT_HINTS_HEADLESS, Verdict.BOT, TrafficClass.HEADLESS, Reason.HEADLESS),
            (PAGE | Fact.CLIENT_HINTS_MISMATCH, Verdict.SUSPECT, TrafficClass.NONE, Reason.CLIENT_HINTS_MISMATCH),
            (PAGE | Fact.USER_AGENT_MISSING, Verdict.SUSPECT, TrafficClass.NONE, Reason.USER_AGENT_MISSING),
            (PAGE | Fact.CONFIRMATION_ASKED, Verdict.SUSPECT, TrafficClass.NONE, Reason.NOT_CONFIRMED),
            (PAGE, Verdict.HUMAN, TrafficClass.NONE, Reason(0)),
            (Fact(0), Verdict.HUMAN, TrafficClass.NONE, Reason(0)),
            (Fact.ACCEPT_HTML, Verdict.HUMAN, TrafficClass.NONE, Reason.NO_ACCEPT_LANGUAGE),
            (PAGE | Fact.OVER_TLS, Verdict.HUMAN, TrafficClass.NONE, Reason.NO_FETCH_METADATA),
            (PAGE | Fact.OVER_TLS | Fact.CLIENT_HINTS, Verdict.HUMAN, TrafficClass.NONE, Reason(0)),
            (PAGE | Fact.REQUESTED_WITH_APP, Verdict.HUMAN, TrafficClass.NONE, Reason.IN_APP_BROWSER),
            (
                Fact.ACCEPT_ANY_ONLY,
                Verdict.SUSPECT,
                TrafficClass.NONE,
                Reason.NO_ACCEPT_LANGUAGE | Reason.ODD_ACCEPT,
            ),
            (Fact.ACCEPT_OTHER, Verdict.SUSPECT, TrafficClass.NONE, Reason.NO_ACCEPT_LANGUAGE | Reason.ODD_ACCEPT),
            (PAGE | Fact.SEC_FETCH, Verdict.SUSPECT, TrafficClass.NONE, Reason.NOT_A_NAVIGATION),
            (PAGE | Fact.SEC_FETCH | Fact.SEC_FETCH_NAVIGATE, Verdict.HUMAN, TrafficClass.NONE, Reason(0)),
            (
                PAGE | Fact.SEC_FETCH_NAVIGATE | Fact.SEC_FETCH_USER,
                Verdict.HUMAN,
                TrafficClass.NONE,
                Reason.USER_ACTIVATION,
            ),
        ],
    )
    def test_each_fact_speaks(self, fact: Fact, verdict: Verdict, kind: TrafficClass, reason: Reason) -> None:
        assert classify(ClickFacts(fact, CHROME))[:3] == (verdict, kind, reason)

    def test_the_strongest_reason_gives_the_class_and_all_are_kept(self) -> None:
        decision = classify(ClickFacts(Fact.PREFETCH | Fact.HEAD, "Twitterbot/1.0"))
        assert decision.traffic_class is TrafficClass.PREFETCH
        assert decision.reasons == (
            Reason.PREFETCH_HEADER
            | Reason.PREVIEW_USER_AGENT
            | Reason.KNOWN_CRAWLER
            | Reason.USER_AGENT_BOT_WORD
            | Reason.USER_AGENT_NOT_BROWSER
            | Reason.METHOD_HEAD
        )
        assert decision.score == 300

    def test_a_hosting_network_alone_is_suspect_and_with_strange_headers_a_bot_that_gets_its_click_id(self) -> None:
        alone = classify(ClickFacts(PAGE, CHROME, is_from_hosting=True))
        strange = classify(ClickFacts(Fact.ACCEPT_ANY_ONLY, CHROME, is_from_hosting=True))
        assert (alone.verdict, alone.score) == (Verdict.SUSPECT, 50)
        assert (strange.verdict, strange.score, strange.is_answered_plainly) == (Verdict.BOT, 110, False)


@pytest.mark.feature("TR7", "R4")
class TestForgiving:
    def test_signs_of_a_person_weaken_doubts(self) -> None:
        facts = PAGE | Fact.SEC_FETCH_NAVIGATE | Fact.SEC_FETCH_USER
        assert classify(ClickFacts(facts, CHROME, is_from_hosting=True)).score == 30
        assert classify(ClickFacts(facts, CHROME, is_from_hosting=True, has_cookie=True)).score == 10

    def test_signs_of_a_person_do_not_acquit_a_declared_bot(self) -> None:
        facts = PAGE | Fact.SEC_FETCH_NAVIGATE | Fact.SEC_FETCH_USER | Fact.REQUESTED_WITH_APP
        judged = classify(ClickFacts(facts, GOOGLEBOT, has_cookie=True))
        assert (judged.verdict, judged.score) == (Verdict.BOT, 100)

    @pytest.mark.feature("TR26")
    @pytest.mark.parametrize("number", sorted(RULESETS))
    @pytest.mark.parametrize(
        ("evidence", "verdict", "is_unconfirmed"),
        [
            (Reason(0), Verdict.SUSPECT, True),
            (Reason.CONFIRMED, Verdict.HUMAN, False),
            (Reason.CONVERSION, Verdict.HUMAN, True),
            (Reason.ALLOWED_BY_POLICY, Verdict.HUMAN, True),
        ],
    )
    def test_under_every_ruleset_and_weight_nobody_continued_until_somebody_did(
        self, number: int, evidence: Reason, verdict: Verdict, is_unconfirmed: bool
    ) -> None:
        asked = ClickFacts(PAGE | Fact.CONFIRMATION_ASKED, CHROME, evidence=evidence)
        silent = {Reason.CONFIRMED: 0, Reason.CONVERSION: 0, Reason.NOT_CONFIRMED: 0}
        for ruleset in (RULESETS[number], Ruleset(number, {**RULESETS[number].weights, **silent})):
            judged = classify(asked, ruleset)
            assert (judged.verdict, bool(judged.reasons & Reason.NOT_CONFIRMED)) == (verdict, is_unconfirmed)

    def test_a_conversion_acquits_whom_a_user_agent_and_a_burst_accused(self) -> None:
        judged = classify(ClickFacts(PAGE, GOOGLEBOT, evidence=Reason.CONVERSION | Reason.BURST_ON_MESSAGE))
        assert (judged.verdict, judged.score) == (Verdict.HUMAN, 0)

    @pytest.mark.parametrize("fact", [Fact.HEAD, Fact.PREFETCH, Fact.FROM_OR_SCANNER, Fact.TEST])
    def test_a_conversion_does_not_acquit_what_is_no_click(self, fact: Fact) -> None:
        assert classify(ClickFacts(PAGE | fact, CHROME, evidence=Reason.CONVERSION)).verdict is Verdict.BOT

    def test_a_weakened_reason_that_nothing_forgives_counts_for_what_it_weighs(self) -> None:
        weakened = RULES._replace(weights={**RULES.weights, Reason.HEADLESS: 60})
        judged = classify(ClickFacts(PAGE | Fact.CLIENT_HINTS_HEADLESS, CHROME, evidence=Reason.CONVERSION), weakened)
        assert (judged.verdict, judged.score) == (Verdict.SUSPECT, 60)


@pytest.mark.feature("TR25", "R4")
class TestEveryRequest:
    @given(some_clicks)
    def test_it_gets_the_same_verdict_again(self, click: ClickFacts) -> None:
        decision = classify(click)
        assert decision == classify(click)
        assert decision.score >= 0
        assert decision.is_answered_plainly <= (decision.verdict is Verdict.BOT)

    @given(some_clicks, st.sampled_from([Fact.HEAD, Fact.PREFETCH, Fact.TEST, Fact.FROM_OR_SCANNER]))
    def test_a_fact_that_decides_never_makes_it_less_of_a_bot(self, click: ClickFacts, fact: Fact) -> None:
        before, after = classify(click), classify(click._replace(facts=click.facts | fact))
        assert (after.verdict, after.is_answered_plainly) == (Verdict.BOT, True)
        assert after.score >= before.score

    # All but one: that nobody continued past the page is a fact, whatever it weighs.
    @given(some_clicks, st.sampled_from([reason for reason in RULES.weights if reason is not Reason.NOT_CONFIRMED]))
    def test_a_weight_of_zero_silences_a_reason(self, click: ClickFacts, reason: Reason) -> None:
        loud, silent = classify(click), classify(click, leave_out(reason))
        assert not silent.reasons & reason
        if not loud.reasons & reason and reason is not Reason.CONFIRMED:
            assert silent == loud

    @given(some_clicks, st.sampled_from([reason for reason, weight in RULES.weights.items() if weight > 0]))
    def test_silencing_an_accusation_never_raises_the_score(self, click: ClickFacts, reason: Reason) -> None:
        assert classify(click, leave_out(reason)).score <= classify(click).score

    @given(some_clicks)
    def test_the_first_ruleset_knows_no_suspects_and_finds_no_bot_that_the_second_misses(
        self, click: ClickFacts
    ) -> None:
        if click.evidence & (Reason.CONFIRMED | Reason.CONVERSION):
            return
        declared = classify(click, RULESETS[1])
        assert declared.verdict is not Verdict.SUSPECT or declared.reasons & Reason.NOT_CONFIRMED
        if declared.verdict is Verdict.BOT:
            assert classify(click).verdict is Verdict.BOT
