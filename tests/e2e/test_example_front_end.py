"""The queries of docs/queries compile, with strict types, in the tools that front-end developers use."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.node_packages import install_packages, run_npm
from tests.product_queries import FOLDER as QUERIES

PROJECT = Path(__file__).parents[2]
EXAMPLE = PROJECT / "examples" / "web"
MADE = shutil.ignore_patterns("node_modules", "generated", "documents")


def check(example: Path) -> subprocess.CompletedProcess[str]:
    """`npm run check`, step by step up to the first that fails."""
    for step in ("codegen", "relay", "types"):
        done = run_npm(example, "run", step)
        if done.returncode != 0:
            break
    return done


@pytest.fixture(scope="module")
def packages() -> Path:
    return install_packages(EXAMPLE, "example-web")


@pytest.fixture
def example(tmp_path: Path, packages: Path) -> Path:
    """A copy of the example beside the schema and the queries, as it stands in the project."""
    folder = tmp_path / "examples" / "web"
    shutil.copytree(EXAMPLE, folder, ignore=MADE)
    (folder / "node_modules").symlink_to(packages)
    (tmp_path / "schema.graphql").symlink_to(PROJECT / "schema.graphql")
    shutil.copytree(QUERIES, tmp_path / "docs" / "queries")
    return folder


def test_every_query_compiles_for_apollo_and_relay_with_strict_types(example: Path) -> None:
    checked = check(example)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    operations = {path.stem for path in (example / "src" / "relay" / "documents").glob("*.ts")}
    assert len(operations) >= 10


def test_a_loosely_typed_scalar_does_not_compile(example: Path) -> None:
    config = example / "codegen.ts"
    config.write_text(config.read_text().replace('BigInt: "number"', 'BigInt: "unknown"'))

    checked = check(example)

    assert checked.returncode != 0
    assert "src/strictness.ts" in checked.stdout


def test_a_field_that_the_graph_lacks_does_not_compile(example: Path) -> None:
    query = example.parents[1] / "docs" / "queries" / "05-clicks.graphql"
    query.write_text(query.read_text().replace("occurredAt", "occuredAt"))

    checked = check(example)

    assert checked.returncode != 0
    assert "occuredAt" in checked.stdout + checked.stderr


def test_our_own_modules_are_typed_throughout() -> None:
    sources = [path for path in (EXAMPLE / "src").rglob("*.ts") if "generated" not in path.parts]

    loose = [path.name for path in sources if ": any" in path.read_text() or ": unknown" in path.read_text()]

    assert sources
    assert loose == []
