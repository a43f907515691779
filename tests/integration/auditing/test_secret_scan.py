"""A key that somebody left in a file fails `./dev check`: keys of others, and tokens of our own making."""

import random
import string

import pytest

from tests.auditing.secret_scan import check_files
from tests.auditing.tools import Outcome, find_tool
from tests.unit.house.sources import Source
from tracking.secret_tokens import make_token

pytestmark = pytest.mark.skipif(find_tool("kingfisher") is None, reason="kingfisher is not installed: ./dev check")
DRAWN = random.Random(8)  # noqa: S311 -- a key that opens nothing, and the same one in each run


def draw(alphabet: str, length: int) -> str:
    return "".join(DRAWN.choice(alphabet) for _ in range(length))


def test_planted_keys_are_found_and_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    github = "ghp_" + draw(string.ascii_letters + string.digits, 36)
    ours = make_token("ct_live_")
    outcome = check_files(
        [
            Source("deploy/settings.py", f"# settings\nTOKEN = '{github}'\n"),
            Source("docs/start.md", f"curl -H 'Authorization: Bearer {ours}' https://example.com\n"),
            Source("docs/configuration.md", "CLICK_TOKEN_KEYS=1:base64 and ct_post_… say what they are\n"),
        ]
    )

    said = capsys.readouterr().err
    assert outcome == Outcome.FOUND
    assert {line.partition(" looks")[0] for line in said.splitlines()} == {
        "secrets: deploy/settings.py:2",
        "secrets: docs/start.md:1",
    }
    assert github not in said
    assert ours not in said
