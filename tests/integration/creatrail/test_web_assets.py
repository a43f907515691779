"""What npm installs is byte for byte what the GraphiQL page of Strawberry expects."""

import base64
import hashlib
import importlib.resources
import json
import re

import pytest

from creatrail.embedded.folders import PROJECT
from creatrail.web_assets import install_web_assets

WEB = PROJECT / ".web"
PAGE = importlib.resources.files("strawberry").joinpath("static/graphiql.html").read_text()
NAMED = re.findall(r'https://[^/]+/([^"]+)"\s+integrity="sha384-([^"]+)"', PAGE)
EXPECTED = [(path, sha384) for path, sha384 in NAMED if not path.startswith("js-cookie")]  # our page sets no cookie


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    install_web_assets()


def test_the_page_of_strawberry_names_six_files_that_ours_loads_too() -> None:
    assert len(EXPECTED) == 6


@pytest.mark.parametrize(("path", "sha384"), EXPECTED)
def test_a_file_has_the_hash_that_the_page_names(path: str, sha384: str) -> None:
    digest = hashlib.sha384((WEB / path).read_bytes()).digest()

    assert base64.b64encode(digest).decode() == sha384


def test_a_second_install_has_nothing_to_do() -> None:
    assert install_web_assets() is False


def test_the_lock_file_has_a_hash_for_each_package_and_no_address() -> None:
    packages = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    installed = [package for path, package in packages.items() if path]

    assert all(package["integrity"].startswith("sha512-") for package in installed)
    assert not any("resolved" in package for package in installed)
