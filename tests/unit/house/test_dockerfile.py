"""The image installs by hash, copies only what exists and is sent, and runs as nobody special."""

import re

import pytest

from tests.unit.house.sources import PACKAGES, ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COPIED = sorted(
    {source for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]}
)
SENT = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)


class TestDockerfile:
    @pytest.mark.parametrize("source", COPIED)
    def test_what_is_copied_exists_and_is_sent(self, source: str) -> None:
        assert (ROOT / source).exists()
        assert source in SENT

    def test_nothing_is_sent_in_vain(self) -> None:
        assert [source for source in SENT if source not in COPIED] == []

    def test_every_package_is_in_the_image(self) -> None:
        assert [package for package in PACKAGES if package not in COPIED] == []

    def test_packages_are_installed_by_hash_alone(self) -> None:
        installs = re.findall(r"pip install (.+)", DOCKERFILE)

        assert [one for one in installs if "--require-hashes" not in one or "--no-deps" not in one] == []
        assert len(installs) == 1

    def test_the_programs_do_not_run_as_root(self) -> None:
        assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["creatrail"]
