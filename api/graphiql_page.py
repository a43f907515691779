"""GraphiQL from our own origin: the page, and a policy that lets a browser load nothing from anywhere else."""

from html import escape
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, Response

ASSETS: Final = Path(__file__).parent / "graphiql"
_STYLES: Final = ("graphiql/graphiql.min.css", "@graphiql/plugin-explorer/dist/style.css")
_SCRIPTS: Final = (
    "react/umd/react.production.min.js",
    "react-dom/umd/react-dom.production.min.js",
    "graphql-ws/umd/graphql-ws.min.js",
    "graphiql/graphiql.min.js",
    "@graphiql/plugin-explorer/dist/index.umd.js",
)
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self';"
        " img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def show_page(web_assets: Path) -> Response:
    return HTMLResponse(render_page(web_assets), headers=_HEADERS)


def render_page(web_assets: Path) -> str:
    """The page with the address of each installed file; files stand in a folder that names their version."""
    styles = "\n".join(f'<link rel="stylesheet" href="{address}">' for address in _find_all(web_assets, _STYLES))
    scripts = "\n".join(f'<script src="{address}" defer></script>' for address in _find_all(web_assets, _SCRIPTS))
    page = (ASSETS / "page.html").read_text()
    return page.replace("<!-- styles -->", styles).replace("<!-- scripts -->", scripts)


def _find_all(web_assets: Path, files: tuple[str, ...]) -> list[str]:
    return [escape(address) for file in files if (address := _find_address(web_assets, file))]


def _find_address(web_assets: Path, file: str) -> str | None:
    """None when it is not installed; the page then says how to install it."""
    package, _, rest = file.partition("/dist/" if "/dist/" in file else "/")
    inner = f"dist/{rest}" if "/dist/" in file else rest
    found = sorted(web_assets.glob(f"{package}@*/{inner}"))
    return f"/vendor/{found[-1].relative_to(web_assets).as_posix()}" if found else None
