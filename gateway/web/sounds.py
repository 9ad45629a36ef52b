"""The sounds of the base that a page plays: WAV files, made once."""

from aiohttp import web


def add_routes(router: web.UrlDispatcher) -> None:
    """``/sounds/NAME.wav``."""
