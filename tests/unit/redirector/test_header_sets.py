"""Whole requests, as clients send them: verdict and class, and whether a click id goes with the redirect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redirector.facts import Shapes, read_facts
from tests.people import IN_APP
from tests.unit.redirector.header_sets import Headers, Request
from tests.unit.redirector.people_asking import IN_APP_REQUESTS, PEOPLE_ASKING
from tests.unit.redirector.programs_asking import PROGRAMS_ASKING
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.verdicts import Classification, Verdict

REQUESTS = [*PEOPLE_ASKING, *IN_APP_REQUESTS, *PROGRAMS_ASKING]
SOFT_HEADERS = (
    "accept-language",
    "accept",
    "sec-fetch-mode",
    "sec-fetch-user",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "x-requested-with",
)

# Any mixture of headers that a proxy may strip or an odd client may send, without those that decide alone.
soft_headers = st.fixed_dictionaries(
    {},
    optional={
        "accept": st.sampled_from(["*/*", "text/html", "image/webp", ""]),
        "accept-language": st.sampled_from(["en", ""]),
        "sec-fetch-mode": st.sampled_from(["navigate", "cors"]),
        "sec-fetch-user": st.just("?1"),
        "sec-ch-ua": st.sampled_from(['"Chromium";v="99"', '"Brave";v="1"']),
        "sec-ch-ua-mobile": st.sampled_from(["?0", "?1"]),
        "sec-ch-ua-platform": st.sampled_from(['"Windows"', '"Android"']),
        "x-requested-with": st.sampled_from(["com.instagram.android", "XMLHttpRequest"]),
    },
)


def encode(headers: Headers) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


def judge(headers: Headers, method: str = "GET", scheme: str = "https") -> Classification:
    facts = read_facts(encode(headers), method, scheme)
    return classify(ClickFacts(int(facts), headers.get("user-agent", "")))


def list_without_one(request: Request) -> list[tuple[str, Headers]]:
    return [
        (name, {each: value for each, value in request.headers.items() if each != name})
        for name in SOFT_HEADERS
        if name in request.headers
    ]


@pytest.mark.feature("TR25", "R4")
class TestClients:
    @pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.client)
    def test_each_client_is_judged_as_what_it_is(self, request_: Request) -> None:
        judged = judge(request_.headers, request_.method, request_.scheme)
        assert (judged.verdict, judged.traffic_class) == (request_.verdict, request_.traffic_class)

    @pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.client)
    def test_who_is_not_certainly_a_program_gets_a_click_id(self, request_: Request) -> None:
        shape = Shapes().read(encode(request_.headers), request_.method, request_.scheme)
        assert shape.is_answered_plainly is (request_.verdict is Verdict.BOT)

    def test_clients_are_many_and_each_is_named_once(self) -> None:
        names = [request.client for request in REQUESTS]
        assert len(names) == len(set(names)) >= 60

    def test_only_what_a_browser_fetches_ahead_is_refused(self) -> None:
        """By Sec-Purpose, which a browser sends and heeds the answer to; the rest of that family is redirected."""
        refused = [
            request.client
            for request in REQUESTS
            if Shapes().read(encode(request.headers), request.method, request.scheme).is_speculative
        ]
        assert refused == [
            "Chrome, speculation rules",
            "Chrome, prerendering",
            "Chrome, through a private proxy",
            "Firefox, link prefetch",
        ]


@pytest.mark.feature("TR25", "R4")
class TestSoftHeaders:
    @pytest.mark.parametrize("request_", IN_APP_REQUESTS, ids=lambda request: request.client)
    def test_leaving_one_out_leaves_a_person_of_an_app_a_person(self, request_: Request) -> None:
        verdicts = {name: judge(headers).verdict for name, headers in list_without_one(request_)}
        assert verdicts == dict.fromkeys(verdicts, Verdict.HUMAN)
        assert len(verdicts) >= 2

    @given(st.sampled_from([each for _, each in IN_APP]), soft_headers, st.sampled_from(SOFT_HEADERS))
    def test_leaving_one_out_never_makes_a_bot_of_a_browser_in_an_app(
        self, user_agent: str, headers: Headers, left_out: str
    ) -> None:
        whole = {**headers, "user-agent": user_agent}
        without = {name: value for name, value in whole.items() if name != left_out}
        assert judge(whole).verdict is not Verdict.BOT
        assert judge(without).verdict is not Verdict.BOT

    @given(soft_headers, st.booleans())
    def test_no_headers_make_a_bot_that_goes_without_click_id_of_a_browser(
        self, headers: Headers, is_from_hosting: bool
    ) -> None:
        user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
        facts = read_facts(encode({**headers, "user-agent": user_agent}), "GET", "https")
        judged = classify(ClickFacts(int(facts), user_agent, is_from_hosting=is_from_hosting))
        assert not judged.is_answered_plainly

    def test_soft_headers_do_tell(self) -> None:
        """The counter-check: outside of apps, what is left out adds up."""
        chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
        assert judge({"user-agent": chrome}).score == 80
        assert judge({"user-agent": chrome, "accept-language": "en"}).score == 50
        assert judge({"user-agent": chrome, "accept-language": "en", "accept": "text/html"}).score == 20
