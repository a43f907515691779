"""The door of report pages: the whole address is the credential, and who has a part of it learns nothing."""

import io
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.ids import decode_id
from api.report_pages.html_pages.asking import View, read_view
from api.report_pages.html_pages.contents import QR_FOLDER, read_contents
from api.report_pages.html_pages.csv_files import write_creators, write_series
from api.report_pages.html_pages.rationing import Ration
from api.report_pages.html_pages.rendering import FILE_HEADERS, PICTURE_HEADERS, render_page, render_picture
from api.report_pages.html_pages.views import describe_bars, describe_heat, describe_series
from api.services import Services
from tracking.clock import utc_now
from tracking.database import TRANSIENT_ERRORS
from tracking.links.short_urls import write_qr_content, write_short_url
from tracking.paging import Window
from tracking.report_pages.figures import read_heat, read_series
from tracking.report_pages.queries import EndedPage, OpenedPage, open_report_page
from tracking.report_pages.rules import PAGE_PATH
from tracking.report_pages.tables import Sorting, find_shared_link, list_creator_lines

_BARS: Final = 10
_PICTURES_KEPT: Final = 64


class Opened(NamedTuple):
    services: Services
    page: OpenedPage
    view: View
    request: Request


Show: TypeAlias = Callable[[Opened], Awaitable[Response]]


async def show_report(opened: Opened) -> Response:
    address = PAGE_PATH + opened.request.path_params["token"]
    values = await read_contents(opened.services, opened.page, opened.view, address)
    return render_page(values["template"], values)


async def send_series_picture(opened: Opened) -> Response:
    series = await read_series(opened.services.pool, opened.page, opened.view.asked)
    return render_picture("series.html", {"shown": describe_series(series, opened.view)})


async def send_heat_picture(opened: Opened) -> Response:
    clicks = await read_heat(opened.services.pool, opened.page, opened.view.asked)
    return render_picture("heat.html", {"shown": describe_heat(clicks)})


async def send_creators_picture(opened: Opened) -> Response:
    if opened.page.creator_id is not None:  # whoever is on it sees nobody else
        return _refuse()
    most = Sorting("UNIQUE_CLICKS", is_descending=True)
    lines = await list_creator_lines(opened.services.pool, opened.page, opened.view.asked, most, Window(_BARS))
    return render_picture("bars.html", {"shown": describe_bars(lines, opened.view)})


async def send_series(opened: Opened) -> Response:
    series = await read_series(opened.services.pool, opened.page, opened.view.asked)
    return StreamingResponse(write_series(series, opened.view), headers=_name_file("series"), media_type="text/csv")


async def send_creators(opened: Opened) -> Response:
    if opened.page.creator_id is not None:
        return _refuse()
    text = write_creators(opened.services.pool, opened.page, opened.view)
    return StreamingResponse(text, headers=_name_file("creators"), media_type="text/csv")


async def send_qr_code(opened: Opened) -> Response:
    link_id = decode_id(opened.request.path_params["link"], "Link")
    link = await find_shared_link(opened.services.pool, opened.page, link_id) if link_id else None
    if link is None:
        return _refuse()
    public_port = opened.services.settings.public_port
    short_url = write_short_url(link.host, link.slug, has_tls=link.has_tls, public_port=public_port)
    return Response(_draw_qr_code(write_qr_content(short_url)), 200, dict(PICTURE_HEADERS), "image/svg+xml")


def _serve(path: str, show: Show, ration: Ration) -> Route:
    async def answer(request: Request) -> Response:
        services: Services = request.app.state.services
        try:
            found = await open_report_page(services.pool, request.path_params["token"])
            if not isinstance(found, OpenedPage):
                return _refuse(found)
            if not ration.take(found.id):
                return _ask_to_wait()
            zone = ZoneInfo(found.timezone)
            view = read_view(request.query_params, zone, utc_now(), shows_money=found.shows_money)
            return await show(Opened(services, found, view, request))
        except TRANSIENT_ERRORS:
            return PlainTextResponse("Please try again in a moment.\n", 503, {**FILE_HEADERS, "Retry-After": "5"})

    return Route(f"{PAGE_PATH}{{token}}{path}", answer, methods=["GET"])


def list_page_routes() -> list[Route]:
    """Each app has a ration of its own."""
    ration = Ration()
    shows: dict[str, Show] = {
        "": show_report,
        "/series.svg": send_series_picture,
        "/heat-map.svg": send_heat_picture,
        "/creators.svg": send_creators_picture,
        "/series.csv": send_series,
        "/creators.csv": send_creators,
        f"/{QR_FOLDER}/{{link}}.svg": send_qr_code,
    }
    return [_serve(path, show, ration) for path, show in shows.items()]


def _refuse(ended: EndedPage | None = None) -> Response:
    """410 to whoever had the whole address of a page that ended, 404 to everybody else."""
    if ended is None:
        text = "Is the address complete? Whoever gave it to you can make a new one."
        return render_page("ended.html", {"title": "There is no report here", "brand": "", "text": text}, 404)
    title = "This report was withdrawn" if ended.was_revoked else "This report has expired"
    text = "Whoever gave you the address can make a new one."
    return render_page("ended.html", {"title": title, "brand": ended.account_name, "text": text}, 410)


def _ask_to_wait() -> Response:
    return PlainTextResponse("Too many at once: try again in a minute.\n", 429, {**FILE_HEADERS, "Retry-After": "60"})


def _name_file(name: str) -> dict[str, str]:
    return {**FILE_HEADERS, "Content-Disposition": f'attachment; filename="{name}.csv"'}


@lru_cache(_PICTURES_KEPT)
def _draw_qr_code(content: str) -> bytes:
    import segno  # noqa: PLC0415 -- few processes of the api ever draw one

    picture = io.BytesIO()
    segno.make(content, error="m", micro=False).save(
        picture, kind="svg", border=4, light="#fff", omitsize=True, xmldecl=False
    )
    return picture.getvalue()
