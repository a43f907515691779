"""What a program loads before it runs is there for as long as it runs."""

import subprocess
import sys

import pytest

from tests.unit.house.sources import ROOT

LOAD_AND_LIST = """
import sys
from creatrail import programs
{before}
import redirector.main
print(sorted({{name.partition(".")[0] for name in sys.modules}} & {{"structlog", "rich", "pygments", "typer"}}))
"""


@pytest.mark.parametrize(
    ("before", "loaded"),
    [("programs.leave_out_rich()", "['rich', 'structlog']"), ("", "['pygments', 'rich', 'structlog']")],
    ids=["left out", "negative control"],
)
def test_a_redirector_loads_no_library_of_colours(before: str, loaded: str) -> None:
    code = LOAD_AND_LIST.format(before=before)

    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert printed.stdout.strip() == loaded
