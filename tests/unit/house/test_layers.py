"""Who may import whom, and which module alone may touch the environment, the clock and the ORM's start."""

import subprocess
import sys
from collections.abc import Iterable

import pytest

from tests.unit.house.imports import is_inside, list_attributes, list_imports, list_reach
from tests.unit.house.sources import PACKAGES, PYTHON_FOLDERS, ROOT, Source, read_python_sources

MAY_IMPORT = {
    "tracking": {"tracking"},
    "redirector": {"redirector", "tracking"},
    "worker": {"worker", "tracking"},
    "api": {"api", "tracking"},
    "creatrail": set(PACKAGES),
}
FOREIGN_TO = {
    "tracking": ("starlette", "strawberry", "arq", "uvicorn"),
    "redirector": ("tortoise", "strawberry", "arq"),
    "worker": ("strawberry",),
    "api": ("arq.worker",),
}
# The redirector starts in a fraction of a second and stays small: not even its imports may bring these in.
OUT_OF_REACH_OF_THE_REDIRECTOR = ("tortoise", "strawberry", "arq", "redis", "api", "worker", "creatrail")
# These are loaded where traces are wanted, and nowhere else.
LOADED_IF_WANTED = ("opentelemetry", "google")

IMPORT_AND_LIST = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("\\n".join(sys.modules))
"""

ONLY_HOMES = {
    "tracking/settings.py": ("os.environ", "os.getenv", "os.putenv"),
    "tracking/clock.py": (
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
    ),
    "tracking/orm.py": ("tortoise.Tortoise.init",),
}


def find_trespasses(sources: Iterable[Source]) -> list[str]:
    """Imports that the table forbids, one line each."""
    found: list[str] = []
    for source in sources:
        if source.package not in MAY_IMPORT:
            continue
        ours = set(PYTHON_FOLDERS) - MAY_IMPORT[source.package]
        forbidden = (*ours, *FOREIGN_TO.get(source.package, ()))
        found += [
            f"{source.path} imports {name}"
            for name in sorted(list_imports(source))
            if any(is_inside(name, package) for package in forbidden)
        ]
    return found


def find_reach_of_the_redirector(sources: Iterable[Source]) -> list[str]:
    reach = list_reach("redirector", sources)
    return sorted(name for name in reach if any(is_inside(name, far) for far in OUT_OF_REACH_OF_THE_REDIRECTOR))


def find_loaded_by(modules: Iterable[str], forbidden: tuple[str, ...]) -> list[str]:
    """What a fresh process has loaded of `forbidden` after importing these: libraries bring in libraries."""
    command = [sys.executable, "-c", IMPORT_AND_LIST, *modules]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return sorted(name for name in loaded if any(is_inside(name, far) for far in forbidden))


def find_strays(sources: Iterable[Source]) -> list[str]:
    """Uses of the environment, the clock or the ORM's start outside their one home."""
    found: list[str] = []
    for source in sources:
        forbidden = {name for home, names in ONLY_HOMES.items() if home != source.path for name in names}
        found += [f"{source.path}:{line} uses {name}" for name, line in list_attributes(source) if name in forbidden]
    return found


class TestLayers:
    def test_no_package_imports_one_it_may_not(self) -> None:
        assert find_trespasses(read_python_sources()) == []

    @pytest.mark.feature("R1", "TR11")
    def test_the_redirector_reaches_no_orm_no_graphql_no_job_queue(self) -> None:
        assert find_reach_of_the_redirector(read_python_sources()) == []

    @pytest.mark.feature("R1", "TR11")
    def test_a_running_redirector_has_loaded_none_of_them(self) -> None:
        modules = [source.module for source in read_python_sources(("redirector",))]

        assert find_loaded_by(modules, (*OUT_OF_REACH_OF_THE_REDIRECTOR, *LOADED_IF_WANTED)) == []

    def test_environment_clock_and_orm_each_have_one_home(self) -> None:
        """Examples are programs of others, on machines of their own."""
        assert find_strays(source for source in read_python_sources() if source.package != "examples") == []


class TestCheckers:
    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("redirector/app.py", "from api.schema import schema"),
            ("redirector/app.py", "def late():\n    import worker.ingest"),
            ("worker/main.py", "import redirector"),
            ("tracking/jobs.py", "import arq.connections"),
            ("tracking/links/rules.py", "from starlette.responses import Response"),
            ("tracking/links/rules.py", "from ...api import app"),
            ("api/app.py", "from tests.servers import own_postgres"),
        ],
    )
    def test_a_forbidden_import_is_reported(self, path: str, text: str) -> None:
        assert len({line.split(" imports ")[0] for line in find_trespasses([Source(path, text)])}) == 1

    def test_allowed_imports_are_not_reported(self) -> None:
        allowed = [
            Source("redirector/app.py", "from starlette.applications import Starlette\nimport tracking.settings"),
            Source("creatrail/cli.py", "import redirector.main, worker.main, api.main"),
            Source("tracking/arquebus.py", "import arquebus"),
        ]

        assert find_trespasses(allowed) == []

    def test_an_import_by_way_of_another_module_is_reported(self) -> None:
        sources = [
            Source("redirector/app.py", "from tracking.links import resolving"),
            Source("tracking/links/resolving.py", "from tracking.orm import open_orm"),
            Source("tracking/orm.py", "from tortoise import Tortoise"),
        ]

        assert find_reach_of_the_redirector(sources) == ["tortoise", "tortoise.Tortoise"]

    def test_a_library_that_another_library_brings_in_is_reported(self) -> None:
        assert find_loaded_by(["json"], ("json.decoder",)) == ["json.decoder"]

    @pytest.mark.parametrize(
        "text",
        [
            "import os\nos.environ['X']",
            "from os import environ\nenviron['X']",
            "from os import getenv as read\nread('X')",
            "import datetime as dt\ndt.datetime.now(dt.UTC)",
            "from datetime import date\ndate.today()",
            "import time\ntime.time()",
            "from tortoise import Tortoise\nTortoise.init(config)",
        ],
    )
    def test_a_stray_use_is_reported(self, text: str) -> None:
        assert find_strays([Source("worker/main.py", text)]) != []

    def test_a_use_at_home_is_not_reported(self) -> None:
        homes = [
            Source("tracking/settings.py", "import os\nos.environ"),
            Source("tracking/clock.py", "import time\ntime.time_ns()"),
            Source("worker/main.py", "import time\ntime.monotonic()"),
        ]

        assert find_strays(homes) == []
