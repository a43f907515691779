"""A plugin of pytest: a test fails when what it printed or logged holds what no log may tell."""

from collections.abc import Generator

import pytest

from tests.leaks import find_leaks


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.passed:
        leaks = [leak for title, text in report.sections if _is_of(report, title) for leak in find_leaks(text)]
        if leaks:
            report.outcome = "failed"
            report.longrepr = "printed or logged what no log may tell:\n" + "\n".join(leaks)
    return report


def _is_of(report: pytest.TestReport, title: str) -> bool:
    """Reports repeat what was captured in phases before their own."""
    return title.startswith("Captured") and title.endswith(report.when)
