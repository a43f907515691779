"""Examples in TypeScript with what they need: packages by their lock file, kept between runs, and our own Node."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from creatrail.web_assets import TOOLS, install_node
from tracking.settings import read_environment

DEADLINE_S = 240  # of an installation over the network


def run_npm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With our own Node: the system's may be older than the compilers ask for."""
    node = install_node()
    environment = {**read_environment(), "npm_config_cache": str(TOOLS / "npm-cache")}
    environment["PATH"] = f"{node / 'bin'}:{environment['PATH']}"
    command = [find_node(), str(node / "lib/node_modules/npm/bin/npm-cli.js"), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=DEADLINE_S
    )


def find_node() -> str:
    return str(install_node() / "bin" / "node")


def install_packages(example: Path, name: str) -> Path:
    """The node_modules of an example, by its lock file, in a folder of this name that outlives the run."""
    folder = TOOLS / name
    folder.mkdir(parents=True, exist_ok=True)
    stamp, wanted = folder / "installed", hashlib.sha256((example / "package-lock.json").read_bytes()).hexdigest()
    with (TOOLS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            for file in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(example / file, folder / file)
            installed = run_npm(folder, "ci", "--ignore-scripts", "--loglevel=error")
            assert installed.returncode == 0, installed.stderr
            stamp.write_text(wanted)
    return folder / "node_modules"
