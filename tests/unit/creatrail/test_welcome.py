"""What `up` prints can be pasted as it stands."""

from pathlib import Path

import msgspec

from creatrail.get import BROWSER, LANGUAGE
from creatrail.up.demo import Demo
from creatrail.up.welcome import describe_running
from tests.servers import make_settings
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.verdicts import Verdict
from tracking.clicks.event import Fact

PAGE = "http://127.0.0.1:8000/r/ct_page_abc"
DEMO = Demo("ct_live_abc", ["demo.localhost/camp-tom", "demo.localhost/trail-ana"], PAGE)


def test_links_carry_the_public_port_and_the_key_stays_in_the_fragment(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(make_settings("postgresql://", "unix:///", tmp_path), public_port=8080)

    printed = describe_running(settings, DEMO, took_s=3.14)

    assert printed.splitlines() == [
        "up after 3.1 s; Ctrl-C stops everything",
        "",
        "  GraphiQL      http://localhost:8000/graphql#key=ct_live_abc",
        "  metrics       http://127.0.0.1:8081/metrics",
        "  demo links    http://demo.localhost:8080/camp-tom",
        "                http://demo.localhost:8080/trail-ana",
        "  report page   http://127.0.0.1:8000/r/ct_page_abc",
        "",
        f"  curl -sSi -A '{BROWSER}' -H 'Accept-Language: {LANGUAGE}' http://demo.localhost:8080/camp-tom",
        "  ./dev get http://demo.localhost:8080/camp-tom",
    ]


def test_the_request_of_the_example_counts_as_a_person() -> None:
    assert classify(ClickFacts(int(Fact.ACCEPT_ANY_ONLY | Fact.ACCEPT_LANGUAGE), BROWSER)).verdict is Verdict.HUMAN


def test_without_a_demo_no_key_and_no_link_is_shown(tmp_path: Path) -> None:
    printed = describe_running(make_settings("postgresql://", "unix:///", tmp_path), None, took_s=1)

    assert printed.splitlines()[2:] == [
        "  GraphiQL      http://localhost:8000/graphql",
        "  metrics       http://127.0.0.1:8081/metrics",
    ]


def test_each_listener_that_is_open_is_shown_and_two_workers_have_two(tmp_path: Path) -> None:
    settings = make_settings("postgresql://", "unix:///", tmp_path)
    ports = {"redirector_ops_port": 0, "api_ops_port": 8083, "worker_ops_port": 8084}

    printed = describe_running(msgspec.structs.replace(settings, **ports), None, took_s=1)

    assert [line.split("127.0.0.1:")[1] for line in printed.splitlines() if "metrics" in line] == [
        "8083/metrics",
        "8084/metrics",
        "8085/metrics",
    ]
