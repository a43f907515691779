"""The start of `creatrail`: a program of the service is run at once, anything else goes to the command line.

A program stays for months, and what reads the command line weighs 20 MB in memory, a third of a redirector.
"""

import gc
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Final, NoReturn

from tracking.settings import Settings, SettingsError, load_settings

USAGE_ERROR: Final = 2


def run_api() -> None:
    settings = read_settings()
    from api.main import run

    run(settings)


def run_redirector() -> None:
    leave_out_rich()
    gc.disable()  # what is imported stays: looking through it would be a tenth of the start; redirector.main goes on
    settings = read_settings()
    from redirector.main import run

    run(settings)


def run_ingest_worker() -> None:
    settings = read_settings()
    from worker.main import run

    run("ingest", settings)


def run_jobs_worker() -> None:
    settings = read_settings()
    from worker.main import run

    run("jobs", settings)


PROGRAMS: Final[dict[tuple[str, ...], Callable[[], None]]] = {
    ("api",): run_api,
    ("redirector",): run_redirector,
    ("worker", "--ingest"): run_ingest_worker,
    ("worker", "--jobs"): run_jobs_worker,
}


def leave_out_rich() -> None:
    """structlog loads it, where it is installed, for coloured tracebacks: 4 MB and a tenth of a second, never used."""
    sys.modules["rich"] = None  # type: ignore[assignment]  # how Python is told that there is no such module


def read_settings() -> Settings:
    """The settings of a program. Bad ones end it with a line for each."""
    try:
        settings = load_settings()
        require_tracing(settings)
    except SettingsError as error:
        refuse(error)
    return settings


def require_tracing(settings: Settings) -> None:
    """Raises SettingsError where traces are wanted and what sends them is not installed."""
    if settings.otel_exporter_otlp_endpoint is not None and find_spec("opentelemetry") is None:
        raise SettingsError(["OTEL_EXPORTER_OTLP_ENDPOINT needs the extra `tracing`: pip install 'creatrail[tracing]'"])


def refuse(error: SettingsError) -> NoReturn:
    for problem in error.problems:
        print(f"creatrail: {problem}", file=sys.stderr)
    sys.exit(USAGE_ERROR)


def main() -> None:
    run = PROGRAMS.get(tuple(sys.argv[1:]))
    if run is None:
        from creatrail.cli import app

        app()
    else:
        run()
