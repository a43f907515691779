"""`./dev bench NAME`: runs one bench and prints its tables, with --json one object on the last line as well.

Without a name all of them, one after the other. It ends with 1 when a figure missed its gate.
"""

import argparse
import importlib
import json
import signal
import sys
from pathlib import Path

from bench.document import document
from bench.every import run_every
from bench.figures import Outcome
from bench.machine import describe_machine
from bench.programs import BenchError
from creatrail.embedded.server_process import ServerFailedError

BENCHES = {
    "redirect": ("bench.redirect.bench", "a recorded redirect against a bare one; cold links; memory"),
    "conversions": ("bench.conversions", "a recorded report of a conversion against a bare 200"),
    "ingest": ("bench.ingest.bench", "one worker against COPY of the same rows"),
    "links": ("bench.links", "a message's 10,000 recipient links by the worker's job against COPY of them"),
    "visible": ("bench.visible", "seconds from a click to the graph and to an open subscription"),
    "graph": ("bench.graph", "1,000 links with totals; a campaign's creators"),
    "behaviour": ("bench.behaviour.bench", "scanners, crowds and a known month, with ground truth"),
    "bots": ("bench.bots", "user agents of people and programs told apart; --data FILE for a set of your own"),
    "reports": (
        "bench.reports.bench",
        "ten million clicks against one million; --clicks N for a small try",
    ),
    "exports": ("bench.exports", "a million raw clicks as files; the worker's memory"),
    "forgetting": (
        "bench.forgetting",
        "a visitor erased among a million clicks, of which old ones go",
    ),
    "events": (
        "bench.events.bench",
        "1,000 subscribers on one api; --seconds N and --subscribers N for a short try",
    ),
    "webhooks": (
        "bench.webhooks.bench",
        "events to endpoints that fail against a bare client loop; --events N for a small try",
    ),
    "scale": ("bench.scale.bench", "what a click costs every program and store; what a billion a day take"),
    "plans": ("bench.plans", "the plans of the hot queries"),
}


def main() -> int:
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what we started is stopped
    if options.name is None:
        return run_every(list(BENCHES), is_full=options.full, is_documented=options.document)
    machine = describe_machine()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()), flush=True)
    module = importlib.import_module(BENCHES[options.name][0])
    try:
        more = {"data": options.data} if options.name == "bots" else {}
        if options.name == "reports" and options.clicks:
            more = {"clicks": options.clicks}
        if options.name == "events":
            more = {name: value for name in ("seconds", "subscribers") if (value := getattr(options, name))}
        if options.name == "webhooks" and options.events:
            more = {"events": options.events}
        outcome: Outcome = module.run(rounds=options.rounds, **more)
        print(f"\n{outcome.format()}", flush=True)
        if options.document and outcome.tables:  # what only prints plans has none
            document(outcome, machine)
    except (BenchError, ServerFailedError) as error:
        print(f"bench {options.name}: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({**outcome.as_json(), "machine": machine}))
    return 0 if all(figure.is_held for figure in outcome.figures) else 1


def read_options() -> argparse.Namespace:
    listing = "\n".join(f"  {name:<12}{meaning}" for name, (_, meaning) in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="./dev bench", epilog=listing, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", choices=BENCHES, help="all of them when it is left out")
    parser.add_argument("--full", action="store_true", help="all of them as long as each takes alone: hours")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--document", action="store_true", help="put the tables into their page of docs/")
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds; the medians of five are what counts")
    parser.add_argument("--clicks", type=int, help="reports: of the larger account, 200,000 or more")
    parser.add_argument("--seconds", type=int, help="events: of the steady load")
    parser.add_argument("--subscribers", type=int, help="events: to one link each, 1,000 at most")
    parser.add_argument("--events", type=int, help="webhooks: in each round")
    parser.add_argument("--data", type=Path, help="bots: JSON Lines of ua, label and kind")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
