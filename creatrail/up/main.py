"""Runs the whole service on this machine: stores, migrations, demo, programs; or says at once what cannot start."""

import asyncio
import signal
import sys
import time
from pathlib import Path

import asyncpg

from creatrail.embedded.folders import FolderError, open_folders
from creatrail.embedded.server_process import ServerFailedError
from creatrail.local import AlreadyRunningError, hold_lock, write_running
from creatrail.up.assets import install_assets
from creatrail.up.demo import Demo, ensure_demo
from creatrail.up.plan import Plan, make_plan
from creatrail.up.ports import PortTakenError, require_free_ports
from creatrail.up.stores import inspect_redis
from creatrail.up.supervised import StartFailedError, do_together
from creatrail.up.supervisor import Supervisor
from creatrail.up.welcome import describe_running
from creatrail.web_assets import WebAssetsError
from tracking.migrate import set_up
from tracking.settings import SettingsError, read_environment

REASONS = (
    AlreadyRunningError,
    FolderError,
    PortTakenError,
    ServerFailedError,
    SettingsError,
    StartFailedError,
    WebAssetsError,
)


def run(*, wants_demo: bool, is_verbose: bool) -> int:
    """Run until Ctrl-C or SIGTERM. Returns the exit status: 1 when something could not start."""
    environment = {name: value for name, value in read_environment().items() if value.strip()}
    chosen = environment.get("STATE_DIR")
    try:
        folders = open_folders(Path(chosen) if chosen else None)
        with hold_lock(folders.state):
            plan = make_plan(environment, folders, wants_demo=wants_demo, is_verbose=is_verbose)
            asyncio.run(_supervise(plan))
    except REASONS as error:
        print(f"creatrail up: {error}", file=sys.stderr)
        return 1
    return 0


async def _supervise(plan: Plan) -> None:
    supervisor = Supervisor()
    _stop_on_signals(supervisor)
    try:
        await _start_all(supervisor, plan)
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        print("\nstopping (once more to kill)", flush=True)
    finally:
        await supervisor.stop()


async def _start_all(supervisor: Supervisor, plan: Plan) -> None:
    began = time.monotonic()
    await require_free_ports(plan.settings)
    _, demo = await do_together(install_assets(plan.environment), _prepare_stores(supervisor, plan))
    workers = plan.make_programs("worker --ingest", "worker --jobs")
    doors = plan.make_programs("api", "redirector")
    # In this order, so that the doors stop before those who store what they took.
    await do_together(supervisor.start(workers), supervisor.start(doors))
    print(describe_running(plan.settings, demo, time.monotonic() - began), flush=True)


async def _prepare_stores(supervisor: Supervisor, plan: Plan) -> Demo | None:
    await supervisor.start(plan.stores)
    if plan.is_redis_given:
        for warning in inspect_redis(plan.settings.redis_url):
            print(f"warning: {warning}", flush=True)
    try:
        await set_up(plan.settings)
    except OSError as error:  # a refused connection comes as it is, and a deadline is one too
        raise StartFailedError(f"PostgreSQL does not answer at DATABASE_URL: {error or 'in time'}") from error
    except asyncpg.PostgresError as error:
        raise StartFailedError(f"the database cannot be brought up to date: {error}") from error
    write_running(plan.folders.state, plan.shared_settings())
    return await ensure_demo(plan.settings, plan.folders.state) if plan.wants_demo else None


def _stop_on_signals(supervisor: Supervisor) -> None:
    """The first signal ends the run in order, the second kills what is left."""
    loop = asyncio.get_running_loop()
    whole_run = asyncio.current_task()

    def stop() -> None:
        if supervisor.is_stopping or whole_run is None:
            supervisor.kill()
        else:
            whole_run.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
