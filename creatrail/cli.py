"""The `creatrail` command. Each command imports its own program when it runs and no other."""

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from creatrail.programs import refuse, run_api, run_ingest_worker, run_jobs_worker, run_redirector
from tracking.reports.audited_days import AuditedDays
from tracking.settings import Settings, SettingsError, read_environment

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Tracking links for creators."
)
dead = typer.Typer(no_args_is_help=True, help="The dead letter: clicks that could not be stored, with the reason.")
app.add_typer(dead, name="dead")
erasures = typer.Typer(no_args_is_help=True, help="Who is forgotten, for the next time that a backup is restored.")
app.add_typer(erasures, name="erasures")
DeadIds = Annotated[list[str] | None, typer.Argument(help="Ids as `dead list` shows them.")]
OneAccount = Annotated[str | None, typer.Option(help="Of this account only, by its short name.")]
FirstDay = Annotated[
    dt.datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, of the account's calendar.")
]
LastDay = Annotated[dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, inclusive.")]
AllDead = Annotated[bool, typer.Option("--all", help="Everything in the dead letter.")]


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="Fill a demo account on the first start.")] = True,
    verbose: Annotated[bool, typer.Option(help="Show what the programs log.")] = False,
) -> None:
    """Run everything here: embedded stores unless DATABASE_URL and REDIS_URL are set, api, redirector and workers."""
    from creatrail.up.main import run

    sys.exit(run(wants_demo=demo, is_verbose=verbose))


@app.command()
def api() -> None:
    """Serve the graph for front-ends and integrations."""
    run_api()


@app.command()
def redirector() -> None:
    """Serve the audience: redirect and record."""
    run_redirector()


@app.command()
def worker(
    ingest: Annotated[bool, typer.Option("--ingest", help="Store clicks, fold rollups, relay events.")] = False,
    jobs: Annotated[bool, typer.Option("--jobs", help="Make links and do what takes time.")] = False,
) -> None:
    """Work in one of two roles, so that a long job never holds up clicks."""
    if ingest == jobs:
        sys.exit("creatrail worker: choose one of --ingest and --jobs")
    (run_ingest_worker if ingest else run_jobs_worker)()


@app.command()
def migrate() -> None:
    """Bring the database up to date; safe to run from several places at once."""
    settings = read_local_settings()
    from tracking.migrate import set_up

    asyncio.run(set_up(settings))


@app.command()
def account(
    slug: Annotated[str, typer.Argument(help="Its short name; links live on NAME.localhost.")],
    name: Annotated[str, typer.Option(help="Its name.")] = "My brand",
    timezone: Annotated[str, typer.Option(help="Its calendar, as IANA names it.")] = "UTC",
    currency: Annotated[str, typer.Option(help="A code of ISO 4217.")] = "USD",
) -> None:
    """Create an account, or find it, and show a new API key for it with every scope."""
    settings = read_local_settings()
    from creatrail.account import run

    sys.exit(run(settings, slug, name, timezone, currency))


@app.command()
def seed(
    clicks: Annotated[
        int,
        typer.Option(
            min=1,
            help="How many clicks, over two months; 100 of scanners and others are added. From 500,000 on: those of"
            " 1,000 creators in 50 campaigns over two years.",
        ),
    ] = 100_000,
    account: Annotated[str, typer.Option(help="Its short name; links live on NAME.localhost.")] = "demo",
) -> None:
    """Fill a demo account: campaigns, creators, messages, links and their traffic. A second time adds nothing."""
    settings = read_local_settings()
    from creatrail.seed.command import run

    sys.exit(run(settings, account, clicks))


@app.command()
def doctor(
    what: Annotated[
        str | None, typer.Argument(help="Address of the link to follow, else the newest one; or `conversions`.")
    ] = None,
    link: Annotated[str | None, typer.Argument(help="After `conversions`: address of the link.")] = None,
) -> None:
    """Walk link, redirect, stream, worker, report and graph with one test click, and say what is broken.

    `conversions` looks at what comes after the redirect: click id, landing page, snippet, policies, reports.
    """
    if link is not None and what != "conversions":
        raise typer.BadParameter(f"{what} is no examination: give one link, or `conversions` and a link")
    settings = read_local_settings()
    from creatrail.doctor import run, run_conversions

    is_healthy = run_conversions(settings, link) if what == "conversions" else run(settings, what)
    sys.exit(0 if is_healthy else 1)


@app.command()
def audit(account: OneAccount = None, first: FirstDay = None, last: LastDay = None) -> None:
    """Prove that hours equal clicks, days equal hours, totals equal days, and children sum to their parents."""
    settings = read_local_settings()
    from creatrail.audit import run

    sys.exit(run(settings, account, _name_days(first, last)))


@app.command()
def repair(
    account: OneAccount = None,
    first: FirstDay = None,
    last: LastDay = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
) -> None:
    """Set counts that the audit finds wrong to what clicks and conversions say, as far as these are still kept."""
    settings = read_local_settings()
    from creatrail.repair import run

    sys.exit(run(settings, account, _name_days(first, last), is_dry_run=dry_run))


def _name_days(first: dt.datetime | None, last: dt.datetime | None) -> AuditedDays:
    if first and last and last < first:
        raise typer.BadParameter("--to is not before --from")
    return AuditedDays(first.date() if first else None, last.date() if last else None)


@app.command()
def erase(
    account: Annotated[str, typer.Option(help="Whose, by the account's short name.")],
    contact: Annotated[str | None, typer.Option(help="Your own id of a contact.")] = None,
    visitor: Annotated[str | None, typer.Option(help="The value of our cookie ctv in a visitor's browser.")] = None,
    click: Annotated[list[str] | None, typer.Option(help="What stands after ct= where a visitor was sent to.")] = None,
) -> None:
    """Forget a contact or a visitor: everything stored but orders, clicks and counts, which are then nobody's."""
    if (contact is None) == (visitor is None and not click):
        raise typer.BadParameter("give --contact, or --visitor and --click")
    settings = read_local_settings()
    from creatrail.erase import run_of_contact, run_of_visitor

    if contact is not None:
        sys.exit(run_of_contact(settings, account, contact))
    sys.exit(run_of_visitor(settings, account, visitor, click or []))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for it; keep it as you would the database.")],
) -> None:
    """Copy the database, clicks on their way and the spool of this machine, while everything runs. No secrets."""
    from creatrail.backups.command import run_backup

    sys.exit(run_backup(folder))


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="What `creatrail backup` made.")],
    *,
    with_other_keys: Annotated[
        bool, typer.Option("--with-other-keys", help="Though what its secrets signed or sealed is lost.")
    ] = False,
) -> None:
    """Put a backup into empty stores. Start nothing else before it is done."""
    from creatrail.backups.command import run_restore

    sys.exit(run_restore(folder, with_other_keys=with_other_keys))


@app.command()
def reseal() -> None:
    """Seal all that is kept sealed with the first key of SECRETS_KEYS, so that the older ones may go."""
    settings = read_local_settings()
    from creatrail.reseal import run

    sys.exit(run(settings))


@erasures.command("list")
def list_erasures() -> None:
    """A line for each erasure of the last days: keep them beside backups, as a restored one knows no later ones."""
    from creatrail.backups.command import run_list_of_erasures

    sys.exit(run_list_of_erasures())


@erasures.command("apply")
def apply_erasures(
    file: Annotated[Path, typer.Argument(help="Lines of `erasures list`; - for standard input.")],
) -> None:
    """Ask again for erasures that a restored backup does not know. Those that it knows are left alone."""
    from creatrail.backups.command import run_apply_erasures

    sys.exit(run_apply_erasures(file))


@dead.command("list")
def list_dead(limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100) -> None:
    """Show what could not be stored, the oldest first, with the reason."""
    settings = read_local_settings()
    from creatrail.dead import print_dead

    sys.exit(print_dead(settings, limit))


@dead.command("retry")
def retry_dead(ids: DeadIds = None, *, everything: AllDead = False) -> None:
    """Put events back into the stream; one that was stored already adds nothing."""
    settings = read_local_settings()
    from creatrail.dead import retry

    sys.exit(retry(settings, _choose(ids, everything)))


@dead.command("drop")
def drop_dead(ids: DeadIds = None, *, everything: AllDead = False) -> None:
    """Forget events for good."""
    settings = read_local_settings()
    from creatrail.dead import drop

    sys.exit(drop(settings, _choose(ids, everything)))


def _choose(ids: list[str] | None, everything: bool) -> list[str] | Literal["all"]:
    if bool(ids) == everything:
        sys.exit("creatrail dead: name the ids that `dead list` shows, or --all")
    return ids or "all"


@app.command()
def get(url: str) -> None:
    """Ask once, follow nothing, print the answer: the twin of `curl -sSi` as a browser."""
    from creatrail.get import UnreachableError, print_answer

    try:
        print_answer(url, sys.stdout)
    except UnreachableError as error:
        sys.exit(f"creatrail get: {error}")


def read_local_settings() -> Settings:
    """The settings of a command for operators: the stores of a running `creatrail up` serve where none are set."""
    from creatrail.local import load_local_settings

    try:
        return load_local_settings(read_environment())
    except SettingsError as error:
        print("creatrail: no `creatrail up` runs here to take settings from: start it, or set them", file=sys.stderr)
        refuse(error)
