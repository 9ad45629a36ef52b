"""The aiohttp application: routes, guard, problems."""

from collections.abc import Mapping

from aiohttp import web

from gateway.web import access, pages, sounds
from gateway.web.api import Api
from gateway.web.phone import WebPhone
from gateway.web.problem import problems
from gateway.web.settings import WebSettings

MAX_BODY = 65_536
"""bytes; an SDP offer, the largest there is, has a few thousand"""


def application(phones: Mapping[str, WebPhone], settings: WebSettings) -> web.Application:
    """The web of one or many phones, the first being the one at ``/``.

    :raises ValueError: without a phone.
    """
    if not phones:
        raise ValueError("the web needs a phone to show; found none")
    app = web.Application(client_max_size=MAX_BODY, middlewares=(problems, access.guard(settings)))
    app.on_response_prepare.append(access.protect)
    api = Api(phones)
    app.on_startup.append(api.start)
    app.on_shutdown.append(api.stop)
    api.add_routes(app.router)
    pages.add_routes(app.router)
    sounds.add_routes(app.router)
    return app
