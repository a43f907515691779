"""What a trial is blamed for: what was found, but for what its scenario does on purpose."""

from dataclasses import fields
from typing import Any

import msgspec
import pytest

from tests.chaos.load import LoadResult
from tests.chaos.oracle import Findings
from tests.chaos.sales import SalesFindings
from tests.chaos.trial import UNANSWERED, Outcome, Scenario, Trial

NO_SALES = SalesFindings(*[0] * len(fields(SalesFindings)))
ALL_ANSWERED = LoadResult([], 0, 0, 0, 0, {}, 1.0, 1.0, 1.0, 0.0)


def find_problems(unanswered: int, crashes: int, **scenario: Any) -> list[str]:
    findings = Findings(NO_SALES, *[0] * (len(fields(Findings)) - 1))
    found = Findings(**{**vars(findings), "crashes": crashes})
    load = msgspec.structs.replace(ALL_ANSWERED, unanswered=unanswered)
    return Outcome(Scenario("F0", "of this test", Trial.let_pass, **scenario), found, load, told="").problems


@pytest.mark.feature("R1")
def test_a_request_without_an_answer_is_a_problem_unless_its_redirector_is_killed() -> None:
    assert find_problems(unanswered=2, crashes=0) == ["2 unanswered"]
    assert find_problems(unanswered=2, crashes=0, forgives=UNANSWERED) == []
    assert find_problems(unanswered=0, crashes=0) == []


@pytest.mark.feature("R1")
def test_a_program_that_ends_by_itself_is_a_problem_unless_it_is_armed() -> None:
    assert find_problems(unanswered=0, crashes=3) == ["3 crashes"]
    assert find_problems(unanswered=0, crashes=3, faults="after_read:0.1") == []
