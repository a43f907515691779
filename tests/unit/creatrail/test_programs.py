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


LISTEN = """
import sys
if {is_hidden}:
    sys.modules["opentelemetry"] = None
    import importlib.util
    importlib.util.find_spec = lambda name: None
from creatrail.programs import read_settings
read_settings()
print(sorted(name for name in sys.modules if name == "opentelemetry" and sys.modules[name]))
"""


@pytest.mark.parametrize(("is_hidden", "status"), [(True, 2), (False, 0)], ids=["not installed", "negative control"])
def test_a_program_that_should_trace_and_cannot_says_what_to_install(is_hidden: bool, status: int) -> None:
    environment = {
        "DATABASE_URL": "postgresql://db/name",
        "REDIS_URL": "redis://redis",
        "CLICK_TOKEN_KEYS": "1:AAAAAAAAAAAAAAAAAAAAAA",
        "COOKIE_SECRET": "AAAAAAAAAAAAAAAAAAAAAA",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
    }
    code = LISTEN.format(is_hidden=is_hidden)

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, env=environment
    )

    assert ended.returncode == status, ended.stderr
    assert ("pip install 'creatrail[tracing]'" in ended.stderr) is is_hidden
