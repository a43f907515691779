"""`creatrail doctor conversions URL`: whether a click on this link can come back as a conversion, step by step.

It follows the link as a test to the page of the brand, and looks at what stands there. It reports nothing.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import asyncpg

from creatrail.doctor.asking import Answer, NoAnswerError, ask
from creatrail.doctor.findings import BrokenError, Finding, Report
from creatrail.doctor.journey import Target, check_redirector, find_target
from creatrail.doctor.landing import LandingPage, Script, fetch, open_landing_page
from creatrail.doctor.policies import allows_connection, allows_picture, allows_script
from creatrail.get import BROWSER, LANGUAGE
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.probes import PROBE_HEADER, sign_probe
from tracking.clicks.tokens import ClickTokens
from tracking.clock import now_ms
from tracking.database import open_pool
from tracking.links.rules import CLICK_ID_PARAMETER
from tracking.links.short_urls import write_short_url
from tracking.settings import Settings
from tracking.snippets.queries import list_live_keys
from tracking.snippets.rules import LANDING_SCRIPT, SCRIPTS_PATH
from tracking.snippets.scripts import SCRIPTS

_BROWSER: Final = {
    "User-Agent": BROWSER,
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": LANGUAGE,
    "Sec-Fetch-Mode": "navigate",
}
_DESTINATION: Final = "SELECT destination_url FROM link WHERE id = $1"


async def examine_conversions(settings: Settings, wanted: str | None, *, say: Callable[[str], None] = print) -> bool:
    """Whether everything works that can be seen from here. `wanted` is the address of a link, else the newest one."""
    report = Report(say)
    async with AsyncExitStack() as open_stores:
        pool = await open_pool(settings)
        open_stores.push_async_callback(pool.close)
        chosen: list[Target] = []

        async def choose() -> Finding:
            chosen.append(await find_target(pool, wanted))
            return Finding(f"{chosen[0].host}/{chosen[0].slug}")

        has_redirector = await report.check("redirector", check_redirector(settings))
        if not await report.check("link", choose()) or not has_redirector:
            report.skip(*_STEPS)
        else:
            await _walk(report, _Walk(settings, pool, chosen[0]))
    return report.is_healthy


async def _walk(report: Report, walk: "_Walk") -> None:
    """Each step needs the one before."""
    for place, (name, step) in enumerate(_STEPS.items()):
        if not await report.check(name, step(walk)):
            report.skip(*list(_STEPS)[place + 1 :])
            return


class _Walk:
    """One test click, to the page of the brand and back."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, target: Target) -> None:
        self._settings = settings
        self._pool = pool
        self._target = target
        self._keys: list[str] = []
        self._url = ""
        self._page: LandingPage
        self._script: Script

    async def check_key(self) -> Finding:
        self._keys = [row.key for row in await list_live_keys(self._pool, self._target.account_id)]
        if not self._keys:
            raise BrokenError("the account has no live snippet key", "create one: createSnippetKey on the graph")
        return Finding(f"{' and '.join(self._keys)}")

    async def check_redirect(self) -> Finding:
        probe = {PROBE_HEADER.decode(): sign_probe(self._settings.click_token_keys, now_ms()).decode()}
        answer = await self._ask_redirector(f"/{self._target.slug}", probe)
        location = next((value for name, value in answer.headers.items() if name.lower() == "location"), "")
        if answer.status == HTTPStatus.FOUND:
            self._url = location
            if CLICK_ID_PARAMETER not in parse_qs(urlsplit(location).query):
                raise BrokenError("the link leads on without a click id", "read the log of the redirector")
            return Finding(f"302 with a click id to {location.partition('?')[0]}")
        if answer.status != HTTPStatus.OK:
            raise BrokenError(f"the link answers {answer.status}", "run `creatrail doctor` with this link")
        destination = await self._pool.fetchval(_DESTINATION, self._target.link_id)
        token = ClickTokens(self._settings.click_token_keys).sign(ClickIdMint().mint()).decode()
        joint = "&" if urlsplit(destination).query else "?"
        self._url = f"{destination.partition('#')[0]}{joint}{CLICK_ID_PARAMETER}={token}"
        return Finding("the link shows a page first; from here on with a click id that no click has")

    async def check_landing(self) -> Finding:
        try:
            self._page = page = await open_landing_page(self._url, _BROWSER)
        except NoAnswerError as error:
            raise BrokenError(
                str(error), "look at the site of the brand, and whether this machine reaches it"
            ) from error
        if page.status != HTTPStatus.OK:
            raise BrokenError(f"{_shorten(page.url)} answers {page.status}", "correct the destination of the link")
        dropping = page.find_dropping()
        if dropping is not None:
            raise BrokenError(
                f"the redirect from {_shorten(dropping[0])} to {_shorten(dropping[1])} drops {CLICK_ID_PARAMETER}",
                "let it keep the query, or let the link lead to where it ends",
            )
        return Finding(f"{_shorten(page.url)} is reached with the click id, over {len(page.hops) - 1} redirects")

    async def check_snippet(self) -> Finding:
        scripts = [each for each in self._page.scripts if urlsplit(each.url).path.endswith(LANDING_SCRIPT)]
        if not scripts:
            if self._page.has_tag_manager:
                text = "a tag manager may add it: see whether the check SNIPPET on the graph says that it was seen"
                self._script = Script(await self._write_script_url(), self._keys[0], None)
                return Finding("not in the HTML", (text,))
            raise BrokenError("the page has no landing snippet", "put conversionTracking.landingSnippet into its head")
        self._script = next((each for each in scripts if each.key in self._keys), scripts[0])
        if self._script.key not in self._keys:
            raise BrokenError(
                f"the snippet has the key {self._script.key or 'of nobody'}, which is not live",
                "put conversionTracking.landingSnippet into the page",
            )
        host = urlsplit(self._script.url).hostname
        owner = "SELECT account_id FROM tracking_domain WHERE host = $1 AND verified_at IS NOT NULL"
        if await self._pool.fetchval(owner, host) != self._target.account_id:
            raise BrokenError(
                f"the snippet loads from {host}, which is no verified domain of the account",
                "put conversionTracking.landingSnippet into the page",
            )
        return Finding(f"loads {self._script.url}")

    async def check_script(self) -> Finding:
        """As a page gets it, over whatever stands before the redirector."""
        url = self._script.url
        try:
            fetched = await fetch(url, _BROWSER)
        except NoAnswerError as error:
            raise BrokenError(str(error), "is the tracking domain reached from outside? look at its proxy") from error
        media_type, kept = fetched.headers.get_content_type(), fetched.headers.get("cache-control", "")
        if fetched.status != HTTPStatus.OK or fetched.body != SCRIPTS[LANDING_SCRIPT].text:
            raise BrokenError(
                f"{url} answers {fetched.status} and is not this version's script",
                "let the proxy hand /js/ on to a redirector of the same version as the doctor",
            )
        if media_type != "text/javascript":
            raise BrokenError(f"comes as {media_type}, which browsers do not run", "let the proxy keep Content-Type")
        if "public" not in kept:
            return Finding("is there", (f"browsers do not keep it: Cache-Control is {kept or 'gone'}",))
        return Finding(f"{len(fetched.body)} bytes, kept by browsers: {kept.partition(',')[2].strip()}")

    async def check_policy(self) -> Finding:
        page, script = self._page, self._script
        if urlsplit(page.url).scheme == "https" and urlsplit(script.url).scheme == "http":
            raise BrokenError(
                "a page over https loads no script over http", "give the tracking domain a certificate, and use https"
            )
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(script.url))
        if not allows_script(page.policies, script.url, page.url, script.nonce):
            raise BrokenError("the page's content security policy forbids the script", f"add {origin} to script-src")
        conv = urljoin(script.url, "/conv")
        if not allows_connection(page.policies, conv, page.url):
            if not allows_picture(page.policies, conv, page.url):
                raise BrokenError(
                    "the page's content security policy forbids reports", f"add {origin} to connect-src and img-src"
                )
            return Finding("lets the script run", (f"reports go as pictures: add {origin} to connect-src",))
        return Finding("nothing forbids the script or its reports" if page.policies else "the page has none")

    async def check_conversion(self) -> Finding:
        """What a report with this click would become; nothing is recorded."""
        parts = urlsplit(self._page.url)
        token = parse_qs(parts.query)[CLICK_ID_PARAMETER][0]
        given = {"key": self._script.key, "click_id": token, "event": "sale", "txn_id": "creatrail-doctor"}
        origin = f"{parts.scheme}://{parts.netloc}"
        answer = await self._ask_redirector(f"/conv/test?{urlencode(given)}", {"Origin": origin})
        said = _read_json(answer)
        if answer.status == HTTPStatus.OK:
            said_of_click = "; ".join(each["why"] for each in said.get("candidates", []))
            said_of_click = said_of_click or "nothing is said of it"
            return Finding(
                f"a report from {origin} is taken; a test click earns nothing, so of this one: {said_of_click}"
            )
        error = said.get("error") or {}
        raise BrokenError(
            f"a report from {origin} is refused with {answer.status}: {error.get('message', 'no reason given')}",
            "allow this origin with updateConversionTracking"
            if error.get("code") == "origin_not_allowed"
            else "see docs/conversions.md for what reports have to be like",
        )

    async def _write_script_url(self) -> str:
        has_tls = await self._pool.fetchval("SELECT has_tls FROM tracking_domain WHERE host = $1", self._target.host)
        path, port = f"{SCRIPTS_PATH}/{LANDING_SCRIPT}", self._settings.public_port
        return write_short_url(self._target.host, path, has_tls=has_tls, public_port=port)

    async def _ask_redirector(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        address = (self._settings.redirector_host, self._settings.redirector_port)
        try:
            return await ask(address, path, headers={**_BROWSER, "Host": self._target.host, **(headers or {})})
        except NoAnswerError as error:
            raise BrokenError(str(error), "start `creatrail redirector`, or correct REDIRECTOR_PORT") from error


_STEPS: Final[dict[str, Callable[[_Walk], Awaitable[Finding]]]] = {
    "key": _Walk.check_key,
    "redirect": _Walk.check_redirect,
    "landing": _Walk.check_landing,
    "snippet": _Walk.check_snippet,
    "script": _Walk.check_script,
    "policy": _Walk.check_policy,
    "conversion": _Walk.check_conversion,
}


def _shorten(url: str) -> str:
    return url.partition("?")[0]


def _read_json(answer: Answer) -> dict[str, Any]:
    try:
        said: Any = json.loads(answer.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
