from pathlib import Path

import pytest

from bench.document import document
from bench.figures import Figure, Outcome
from bench.programs import BenchError

OUTCOME = Outcome("redirect", figures=[Figure("redirect_vs_bare", 0.6)])


def test_a_run_replaces_what_the_run_before_wrote(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("# Head\n<!-- begin redirect -->\nold\n<!-- end redirect -->\ntail\n")

    document(OUTCOME, {"commit": "abc"}, path)
    once = path.read_text()
    document(OUTCOME, {"commit": "abc"}, path)

    assert path.read_text() == once
    assert once.startswith("# Head\n<!-- begin redirect -->\n\nFigures\n")
    assert once.endswith("\ncommit: abc\n\n<!-- end redirect -->\ntail\n")
    assert "old" not in once


def test_a_document_without_a_place_for_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("# Head\n")

    with pytest.raises(BenchError, match="no place for redirect"):
        document(OUTCOME, {}, path)
    assert path.read_text() == "# Head\n"
