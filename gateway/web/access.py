"""Who may come in, and what a browser may do with what it gets.

Bound to loopback there is no login, so the Host header is checked: a page elsewhere whose name was made to point
here (DNS rebinding) is refused. Bound to any other address every request needs the token. Everywhere, what changes
something, and every socket, must come from our own pages when it comes from a page at all.
"""

import hmac
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.web.problem import Problem
from gateway.web.settings import WebSettings, is_loopback

PAGES = Path(__file__).parent / "pages"
OPEN = ("/static/", "/healthz")
"""what needs no token: the artwork of the pages, and the word that the process lives"""
READING = ("GET", "HEAD")
HOW_TO_GET = (
    "This phone asks for a token: `neoretro serve` prints it at start, or set the key web.token. "
    "Send it as `Authorization: Bearer TOKEN`, or open the page once with ?token=TOKEN."
)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "media-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def protect(_: web.Request, response: web.StreamResponse) -> None:
    """Headers of every response; nothing is kept without asking again, so that an upgrade is seen at once."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache")


def guard(settings: WebSettings) -> Middleware:
    """The middleware that lets a request in, or does not."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if settings.loopback:
            _check_host(request)
        if request.method not in READING or "Upgrade" in request.headers:
            _check_origin(request)
        if settings.loopback or request.path.startswith(OPEN) or _carries(request, settings):
            return _clean(request) if _gives(request) else await handler(request)
        if _gives(request) and _same(request.query["token"], settings.token):
            return _remember(_clean(request), request, settings)
        return _refuse(request)

    return guarded


def _check_host(request: web.Request) -> None:
    host = request.headers.get("Host", "")
    try:
        known = is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        known = False
    if not known:
        raise Problem(421, f"Host: found {host!r}, expected localhost or a loopback address")


def _check_origin(request: web.Request) -> None:
    """A browser always sends Origin with a POST and a socket; what sends none is no page of somebody else."""
    origin = request.headers.get("Origin")
    host = request.headers.get("Host", "")
    if origin is not None and origin.partition("://")[2] != host:
        raise Problem(403, f"Origin: found {origin!r}, expected a page of this phone, at {host}")


def _carries(request: web.Request, settings: WebSettings) -> bool:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _same(bearer.strip(), settings.token)
    return _same(request.cookies.get(settings.cookie, ""), settings.token)


def _same(given: str, token: str) -> bool:
    """In constant time: how long it takes says nothing about the token."""
    return hmac.compare_digest(given.encode(errors="replace"), token.encode())


def _gives(request: web.Request) -> bool:
    return request.method in READING and "token" in request.query


def _clean(request: web.Request) -> web.Response:
    """Send the browser to the same place without the token: it is not to stay in history and logs."""
    query = {name: value for name, value in request.query.items() if name != "token"}
    here = request.rel_url.with_query(query)
    # one slash: //elsewhere would be another host
    return web.Response(status=303, headers={"Location": "/" + str(here).lstrip("/")})


def _remember(response: web.Response, request: web.Request, settings: WebSettings) -> web.Response:
    response.set_cookie(
        settings.cookie, settings.token, httponly=True, samesite="Strict", secure=request.secure, path="/"
    )
    return response


def _refuse(request: web.Request) -> web.StreamResponse:
    challenge = {"WWW-Authenticate": 'Bearer realm="neoretro"'}
    if "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/"):
        page = (PAGES / "token.html").read_text(encoding="utf-8")
        return web.Response(status=401, text=page, content_type="text/html", headers=challenge)
    raise Problem(401, HOW_TO_GET, headers=challenge)
