"""The phone over HTTP: its state as JSON and as events, its gestures as POSTs, its pages."""

from gateway.web.application import application
from gateway.web.phone import LegRefused, Part, WebPhone
from gateway.web.settings import WebSettings

__all__ = ["LegRefused", "Part", "WebPhone", "WebSettings", "application"]
