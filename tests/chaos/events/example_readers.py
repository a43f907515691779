"""The examples as readers of a proof: in Python and TypeScript, over WebSockets and HTTP, early and late."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

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


def make_reader(brand: Brand, folder: Path, name: str, command: list[str], **other: Any) -> Reader:
    """`links` among the others: those that it asks for, where it does not follow all."""
    state = folder / f"{name}.state"
    environment = {
        **read_environment(),
        "CREATRAIL_URL": f"http://127.0.0.1:{brand.system.settings.api_port}/graphql",
        "CREATRAIL_KEY": brand.token,
        "STATE": str(state),
    }
    if "links" in other:
        environment["FILTER"] = json.dumps({"linkIds": other["links"]})
    if command[0] == sys.executable:
        journal = folder / f"{name}.journal"
        started = [*command, str(journal)]
    else:
        started, journal = command, state
    counting = [sys.executable, str(PYTHON)] if command[0] == sys.executable else command
    return Reader(name, started, [*counting, "counts"], environment, journal, **other)


def make_readers(brand: Brand, folder: Path, link: str) -> list[Reader]:
    built = build_typescript(folder / "typescript")
    websockets, http = ([find_node(), str(built / f"over-{way}.js")] for way in ("websockets", "http"))
    return [
        make_reader(brand, folder, "python", [sys.executable, "-m", JOURNALING]),
        make_reader(brand, folder, "typescript", websockets),
        make_reader(brand, folder, "over HTTP", http),
        make_reader(brand, folder, "one link", websockets, links=[link]),
        make_reader(brand, folder, "forgetful", [sys.executable, "-m", FORGETFUL], is_mistaken=True),
    ]
