"""Programs serve while a migration runs, so none may hold a lock of a table in use for longer than a moment.

Those of the first release make all tables, and need not be gentle to what is empty. docs/operations/upgrades.md says
how each of these is done instead.
"""

import re
from collections.abc import Iterable
from typing import Final

import pytest

from tests.unit.house.sources import Source, read_python_sources

pytestmark = pytest.mark.feature("R1")

OF_THE_FIRST_RELEASE: Final = 11
_HARSH: Final = {
    "an index without CONCURRENTLY": re.compile(r"\bCREATE (UNIQUE )?INDEX (?!CONCURRENTLY|IF NOT EXISTS \w+ ON ONLY)"),
    "a column that rewrites the table": re.compile(
        r"\bADD COLUMN\b[^,;]*(\bGENERATED\b|\bDEFAULT (clock_timestamp|gen_random_uuid|random)\()"
    ),
    "a column that old programs do not fill": re.compile(r"\bADD COLUMN\b(?=[^,;]*\bNOT NULL\b)(?![^,;]*\bDEFAULT\b)"),
    "another type of a column": re.compile(r"\bALTER COLUMN \w+ (SET DATA )?TYPE\b"),
    "NOT NULL that reads the whole table": re.compile(r"\bALTER COLUMN \w+ SET NOT NULL\b"),
    "a constraint that is checked at once": re.compile(
        r"\bADD CONSTRAINT\b(?![^;]*\bNOT VALID\b)(?![^;]*\bUSING INDEX\b)"
    ),
    "what running programs still use": re.compile(r"\b(DROP COLUMN|DROP TABLE|RENAME (COLUMN|TO))\b"),
    "a lock of its own": re.compile(r"\bLOCK TABLE\b|\bVACUUM FULL\b|\bREINDEX (?!.*CONCURRENTLY)|\bCLUSTER\b"),
    "operations of models, which lock and index at once": re.compile(
        r"\bops\.(AlterField|RemoveField|RenameField|RenameModel|DeleteModel|AddIndex|AddConstraint)\b"
    ),
}
_MADE_HERE: Final = re.compile(r"\bCREATE TABLE (?:IF NOT EXISTS )?(\w+)")
_ALLOWED: Final = re.compile(r"# harsh: \w+")


def find_harsh(sources: Iterable[Source]) -> list[str]:
    """By file and kind. What concerns a table that the same migration makes is gentle; `# harsh: WHY` allows a file."""
    found: list[str] = []
    for source in sources:
        number = int(source.path.rpartition("/")[2][:4])
        if number <= OF_THE_FIRST_RELEASE or _ALLOWED.search(source.text):
            continue
        text = _leave_out_new_tables(source.text.split("reverse_sql")[0])
        found += [f"{source.path}: {name}" for name, pattern in _HARSH.items() if pattern.search(text)]
    return found


def _leave_out_new_tables(text: str) -> str:
    for table in set(_MADE_HERE.findall(text)):
        text = re.sub(rf"\bCREATE (UNIQUE )?INDEX (\w+)\s+ON {table}\b", "", text)
    return text


def make_migration(statement: str, number: int = 12) -> Source:
    return Source(f"tracking/migrations/{number:04}_tomorrow.py", f'operations = [ops.RunSQL(sql="{statement}")]\n')


def test_no_migration_holds_up_who_serves() -> None:
    sources = [each for each in read_python_sources(("tracking",)) if each.is_migration]
    numbered = [each for each in sources if re.search(r"/\d{4}_\w+\.py$", each.path)]
    assert len(numbered) >= OF_THE_FIRST_RELEASE
    assert find_harsh(numbered) == []


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("CREATE INDEX click_slot_idx ON click (slot)", "an index without CONCURRENTLY"),
        ("CREATE UNIQUE INDEX one ON link (slug)", "an index without CONCURRENTLY"),
        ("ALTER TABLE link ADD COLUMN x uuid DEFAULT gen_random_uuid()", "a column that rewrites the table"),
        ("ALTER TABLE link ADD COLUMN x int NOT NULL", "a column that old programs do not fill"),
        ("ALTER TABLE link ALTER COLUMN id TYPE numeric", "another type of a column"),
        ("ALTER TABLE link ALTER COLUMN label SET NOT NULL", "NOT NULL that reads the whole table"),
        ("ALTER TABLE link ADD CONSTRAINT c CHECK (id > 0)", "a constraint that is checked at once"),
        ("ALTER TABLE link DROP COLUMN label", "what running programs still use"),
        ("ALTER TABLE link RENAME COLUMN label TO name", "what running programs still use"),
        ("LOCK TABLE link", "a lock of its own"),
    ],
)
def test_a_harsh_statement_is_found(statement: str, kind: str) -> None:
    assert find_harsh([make_migration(statement)]) == [f"tracking/migrations/0012_tomorrow.py: {kind}"]
    assert find_harsh([make_migration(statement, OF_THE_FIRST_RELEASE)]) == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE link ADD COLUMN IF NOT EXISTS x text",
        "ALTER TABLE link ADD COLUMN x int NOT NULL DEFAULT 0",
        "ALTER TABLE link ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
        "ALTER TABLE link VALIDATE CONSTRAINT c",
        "CREATE TABLE visit (id bigint); CREATE INDEX visit_idx ON visit (id)",
        "CREATE INDEX CONCURRENTLY link_x_idx ON link (x)",
    ],
)
def test_a_gentle_statement_is_none(statement: str) -> None:
    assert find_harsh([make_migration(statement)]) == []
