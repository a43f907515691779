"""What `up` prints once everything serves: where to look, what to click, what to type."""

from creatrail.get import BROWSER, LANGUAGE
from creatrail.up.demo import Demo
from tracking.settings import Settings

SHOWN_LINKS = 3


def describe_running(settings: Settings, demo: Demo | None, took_s: float) -> str:
    """Every address in it works as it stands, with curl and in a browser."""
    lines = [
        f"up after {took_s:.1f} s; Ctrl-C stops everything",
        "",
        f"  GraphiQL      {_graphiql_address(settings, demo)}",
        *(f"  metrics       http://{host}:{port}/metrics" for host, port in _list_open_ops(settings)),
    ]
    if demo is not None:
        port = "" if settings.public_port in {None, 80} else f":{settings.public_port}"
        links = [f"http://{link.partition('/')[0]}{port}/{link.partition('/')[2]}" for link in demo.links[:SHOWN_LINKS]]
        lines += [f"  {'demo links' if index == 0 else '':<12}  {link}" for index, link in enumerate(links)]
        lines += [f"  report page   {demo.report_page}"] if demo.report_page else []
        as_browser = f"-A '{BROWSER}' -H 'Accept-Language: {LANGUAGE}'"
        lines += ["", f"  curl -sSi {as_browser} {links[0]}", f"  ./dev get {links[0]}"]
    return "\n".join(lines)


def _list_open_ops(settings: Settings) -> list[tuple[str, int]]:
    """Of redirector, api and both workers, of which the second has the next port (`Plan.make_programs`)."""
    worker_ports = (settings.worker_ops_port, settings.worker_ops_port and settings.worker_ops_port + 1)
    listeners = [
        (settings.redirector_ops_host, settings.redirector_ops_port),
        (settings.api_ops_host, settings.api_ops_port),
        *((settings.worker_ops_host, port) for port in worker_ports),
    ]
    return [(host, port) for host, port in listeners if port]


def _graphiql_address(settings: Settings, demo: Demo | None) -> str:
    """The key travels in the fragment, which a browser sends to no server."""
    page = f"http://localhost:{settings.api_port}/graphql"
    return page if demo is None else f"{page}#key={demo.api_key}"
