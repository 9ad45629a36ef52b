"""The pages: static files, as they lie in ``pages/``."""

from aiohttp import web
from aiohttp.web_fileresponse import CONTENT_TYPES

from gateway.web.access import PAGES


def add_routes(router: web.UrlDispatcher) -> None:
    """``/`` and ``/earpiece``, and under ``/static/`` what they are made of."""
    # what the machine's own table may not know
    CONTENT_TYPES.add_type("font/woff2", ".woff2")
    CONTENT_TYPES.add_type("application/manifest+json", ".webmanifest")
    router.add_get("/", _phone)
    router.add_get("/earpiece", _earpiece)
    router.add_static("/static/", PAGES)


async def _phone(_: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGES / "phone.html")


async def _earpiece(_: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGES / "earpiece.html")
