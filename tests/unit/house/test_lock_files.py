"""Lock files pin every package by version and hash, agree with pyproject.toml and each other, and name no address."""

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.house.sources import ROOT

LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))
ADDRESS = re.compile(r"://|--(extra-)?index-url|--find-links|--trusted-host")


@dataclass(frozen=True)
class Pin:
    name: str
    version: str
    hashes: tuple[str, ...]


def read_pins(text: str) -> dict[str, Pin]:
    pins: dict[str, Pin] = {}
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement = Requirement(line.split(" --hash=")[0])
            hashes = tuple(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line))
            name = canonicalize_name(requirement.name)
            pins[name] = Pin(name, str(requirement.specifier).removeprefix("=="), hashes)
    return pins


def find_unmet(requirements: Iterable[str], pins: dict[str, Pin]) -> list[str]:
    """Requirements that no pin of the lock satisfies."""
    wanted = [Requirement(text) for text in requirements]
    return [str(one) for one in wanted if not _is_met(one, pins.get(canonicalize_name(one.name)))]


def find_addresses_in_npm_lock(packages: dict[str, Any]) -> list[str]:
    return [name for name, package in packages.items() if "://" in str(package.get("resolved", ""))]


def _is_met(requirement: Requirement, pin: Pin | None) -> bool:
    return pin is not None and requirement.specifier.contains(pin.version, prereleases=True)


def _read_lock(name: str) -> dict[str, Pin]:
    return read_pins((ROOT / name).read_text())


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


class TestRequirementLocks:
    @pytest.mark.parametrize("lock", LOCKS)
    def test_every_pin_has_a_version_and_a_hash(self, lock: str) -> None:
        pins = _read_lock(lock)

        assert pins != {}
        assert [pin.name for pin in pins.values() if not pin.version or not pin.hashes] == []

    @pytest.mark.parametrize("lock", LOCKS)
    def test_no_lock_names_an_address(self, lock: str) -> None:
        assert ADDRESS.findall((ROOT / lock).read_text()) == []

    def test_the_production_lock_meets_what_the_project_requires(self, pyproject: dict[str, Any]) -> None:
        assert find_unmet(pyproject["project"]["dependencies"], _read_lock("requirements.lock")) == []

    def test_the_production_lock_holds_no_embedded_server_and_no_other_extra(self, pyproject: dict[str, Any]) -> None:
        extras = chain.from_iterable(pyproject["project"]["optional-dependencies"].values())

        assert {Requirement(text).name for text in extras} & _read_lock("requirements.lock").keys() == set()

    def test_the_development_lock_meets_tests_and_every_extra_too(self, pyproject: dict[str, Any]) -> None:
        wanted = [
            *pyproject["project"]["dependencies"],
            *chain.from_iterable(pyproject["project"]["optional-dependencies"].values()),
            *pyproject["dependency-groups"]["dev"],
        ]

        assert find_unmet(wanted, _read_lock("requirements-dev.lock")) == []

    def test_what_is_tested_is_what_runs_in_production(self) -> None:
        tested = _read_lock("requirements-dev.lock")
        production = _read_lock("requirements.lock")

        assert {name: tested.get(name) for name in production} == production


class TestNpmLock:
    @pytest.fixture
    def packages(self) -> dict[str, Any]:
        lock: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text())
        packages: dict[str, Any] = lock["packages"]
        return packages

    def test_every_package_has_a_hash(self, packages: dict[str, Any]) -> None:
        assert [name for name, package in packages.items() if name and "integrity" not in package] == []

    def test_no_package_names_an_address(self, packages: dict[str, Any]) -> None:
        assert find_addresses_in_npm_lock(packages) == []

    def test_it_locks_what_the_manifest_requires(self, packages: dict[str, Any]) -> None:
        manifest: dict[str, Any] = json.loads((ROOT / "package.json").read_text())

        assert packages[""].get("dependencies") == manifest.get("dependencies")


class TestCheckers:
    def test_a_pin_is_read_with_its_hashes(self) -> None:
        digest = "a" * 64

        pins = read_pins(f"Some.Package==1.2 ; sys_platform == 'win32' \\\n    --hash=sha256:{digest}\n")

        assert pins == {"some-package": Pin("some-package", "1.2", (f"sha256:{digest}",))}

    def test_a_missing_and_an_outdated_pin_are_reported(self) -> None:
        pins = {"redis": Pin("redis", "4.0", ("sha256:",)), "arq": Pin("arq", "0.28.0", ("sha256:",))}

        assert find_unmet(["redis>=5", "arq>=0.28", "msgspec"], pins) == ["redis>=5", "msgspec"]

    @pytest.mark.parametrize("line", ["--index-url x", "--extra-index-url=x", "a @ https://host/a.whl"])
    def test_an_address_is_reported(self, line: str) -> None:
        assert ADDRESS.search(line)

    def test_an_address_in_an_npm_lock_is_reported(self) -> None:
        packages = {"node_modules/a": {"resolved": "https://host/a.tgz"}, "node_modules/b": {"integrity": "sha512-"}}

        assert find_addresses_in_npm_lock(packages) == ["node_modules/a"]
