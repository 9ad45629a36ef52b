"""The web around two fake phones, bound to loopback, and a client of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import pytest
from aiohttp.test_utils import TestClient, TestServer

from gateway.web import WebSettings, application
from tests.web.fake_phone import FakePhone

Client: TypeAlias = TestClient[Any, Any]
OpenWeb: TypeAlias = Callable[[WebSettings], Awaitable[Client]]


@pytest.fixture
def phone() -> FakePhone:
    return FakePhone("salon")


@pytest.fixture
def kitchen() -> FakePhone:
    return FakePhone("cuisine")


@pytest.fixture
async def open_web(phone: FakePhone, kitchen: FakePhone) -> AsyncIterator[OpenWeb]:
    """Starts the web with given settings; whatever they say, it listens on loopback."""
    async with AsyncExitStack() as stack:

        async def open_it(settings: WebSettings) -> Client:
            app = application({"salon": phone, "cuisine": kitchen}, settings)
            return await stack.enter_async_context(TestClient(TestServer(app)))

        yield open_it


@pytest.fixture
async def client(open_web: OpenWeb) -> Client:
    return await open_web(WebSettings())
