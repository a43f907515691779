"""The web assets step of `up`: npm beside the start of the stores, ended at once when the start fails."""

import asyncio
import os
import signal
import sys

from creatrail.embedded.folders import PROJECT
from creatrail.web_assets import WebAssetsError, is_installed


async def install_assets(environment: dict[str, str]) -> None:
    if is_installed():
        return
    print("installing GraphiQL by npm (once)", flush=True)
    installer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "creatrail.web_assets",
        cwd=PROJECT,
        env=environment,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, printed = await installer.communicate()
    except asyncio.CancelledError:
        os.killpg(installer.pid, signal.SIGKILL)
        await installer.wait()
        raise
    if installer.returncode != 0:
        raise WebAssetsError(printed.decode(errors="replace").strip())
