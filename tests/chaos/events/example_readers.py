"""The examples as readers of a proof: in Python and TypeScript, over WebSockets and HTTP, early and late."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from creatrail.embedded.folders import PROJECT
from tests.chaos.events.readers import Reader
from tests.e2e.brand import Brand
from tests.e2e.node_packages import find_node, install_packages
from tracking.settings import read_environment

TYPESCRIPT: Final = PROJECT / "examples" / "events" / "typescript"
PYTHON: Final = PROJECT / "examples" / "events" / "python" / "consumer.py"
JOURNALING: Final = "tests.chaos.events.journaling"
FORGETFUL: Final = "tests.chaos.events.forgetful"


def build_typescript(folder: Path) -> Path:
    """The examples as JavaScript, in `built` of a copy in this folder. An error of types is an error."""
    shutil.copytree(TYPESCRIPT, folder, ignore=shutil.ignore_patterns("node_modules", "built"), dirs_exist_ok=True)
    packages = install_packages(TYPESCRIPT, "example-events")
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(packages)
    compiler = str(packages / "typescript" / "bin" / "tsc")
    done = subprocess.run([find_node(), compiler], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return folder / "built"


def list_examples(folder: Path) -> dict[str, list[str]]:
    """How each consumer of `examples/events` is started."""
    built = build_typescript(folder / "typescript")
    typescript = {f"over {way}": [find_node(), str(built / f"over-{way}.js")] for way in ("websockets", "http")}
    return {"python": [sys.executable, str(PYTHON)], **typescript}


def make_reader(
    brand: Brand,
    folder: Path,
    name: str,
    example: list[str],
    *,
    witness: str | None = None,
    links: list[str] | None = None,
    is_mistaken: bool = False,
) -> Reader:
    """`witness` is the example in Python with a journal: in TypeScript its state is one."""
    state = folder / f"{name}.state"
    journal = folder / f"{name}.journal" if witness else state
    environment = {
        **read_environment(),
        "CREATRAIL_URL": f"http://127.0.0.1:{brand.system.settings.api_port}/graphql",
        "CREATRAIL_KEY": brand.token,
        "STATE": str(state),
        "FILTER": json.dumps({} if links is None else {"linkIds": links}),
    }
    command = [sys.executable, "-m", witness, str(journal)] if witness else example
    return Reader(name, command, [*example, "counts"], environment, journal, links, is_mistaken)


def make_readers(brand: Brand, folder: Path, link: str) -> list[Reader]:
    examples = list_examples(folder)
    return [
        make_reader(brand, folder, "python", examples["python"], witness=JOURNALING),
        make_reader(brand, folder, "over websockets", examples["over websockets"]),
        make_reader(brand, folder, "over http", examples["over http"]),
        make_reader(brand, folder, "one link", examples["over websockets"], links=[link]),
        make_reader(brand, folder, "forgetful", examples["python"], witness=FORGETFUL, is_mistaken=True),
    ]
