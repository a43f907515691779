import re

import pytest

from tests.unit.house.sources import ROOT
from tracking.imports.models import ImportKind
from tracking.imports.rules import COLUMNS


@pytest.mark.parametrize("kind", ImportKind)
def test_every_column_is_documented_and_no_other(kind: ImportKind) -> None:
    sections = (ROOT / "docs" / "imports.md").read_text().split("\n### ")[1:]
    [section] = [text for text in sections if text.startswith(f"{kind.value}\n")]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)

    assert tuple(name for cell in cells for name in re.findall(r"`(\w+)`", cell)) == COLUMNS[kind]
