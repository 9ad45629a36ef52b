"""Who comes in: on loopback whoever names it so, elsewhere whoever has the token; never another site's page."""

import asyncio

import pytest

from gateway.web import WebSettings, application
from softphone.messages import Lift
from tests.web.conftest import Client, OpenWeb
from tests.web.fake_phone import FakePhone
from tests.web.test_api import assert_problem

TOKEN = "mot-de-passe-été"
OPEN_WORLD = WebSettings("0.0.0.0", 8080, TOKEN)
HOW_TO_GET = (
    "This phone asks for a token: `neoretro serve` prints it at start, or set the key web.token. "
    "Send it as `Authorization: Bearer TOKEN`, or open the page once with ?token=TOKEN."
)


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:1", "127.0.0.2", "[::1]:8080"])
async def test_loopback_needs_no_login(client: Client, host: str) -> None:
    assert (await client.get("/api/v1/phone", headers={"Host": host})).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "192.0.2.1", "localhost.evil.example", "[::1"])
async def test_name_made_to_point_here_is_refused(client: Client, host: str) -> None:
    response = await client.get("/api/v1/phone", headers={"Host": host})
    await assert_problem(response, 421, f"Host: found {host!r}, expected localhost or a loopback address")


async def test_page_of_another_site_cannot_lift_the_handset(client: Client, phone: FakePhone) -> None:
    headers = {"Host": "localhost:8080", "Origin": "https://evil.example"}
    response = await client.post("/api/v1/phone/handset/lift", headers=headers)
    await assert_problem(
        response, 403, "Origin: found 'https://evil.example', expected a page of this phone, at localhost:8080"
    )
    assert phone.told == []


@pytest.mark.parametrize("origin", ["null", "http://localhost:9090", "http://localhost"])
async def test_near_origins_are_still_others(client: Client, origin: str) -> None:
    headers = {"Host": "localhost:8080", "Origin": origin}
    assert (await client.delete("/api/v1/phone/handset/webrtc", headers=headers)).status == 403


async def test_own_page_lifts_the_handset(client: Client, phone: FakePhone) -> None:
    headers = {"Host": "localhost:8080", "Origin": "http://localhost:8080"}
    assert (await client.post("/api/v1/phone/handset/lift", headers=headers)).status == 202
    assert phone.told == [Lift()]


async def test_socket_of_another_site_is_refused(client: Client) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Host": "localhost",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert (await client.get("/api/v1/events", headers=headers)).status == 403


def test_open_address_without_token_is_a_fault_of_the_configuration() -> None:
    with pytest.raises(ValueError) as fault:
        WebSettings("0.0.0.0", 8080)
    assert str(fault.value) == "web.token: empty, expected a token, because 0.0.0.0 is not a loopback address"


def test_application_without_phones_is_refused() -> None:
    with pytest.raises(ValueError, match="^the web needs a phone to show; found none$"):
        application({}, WebSettings())


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer " + "x" * 4000])
async def test_api_without_the_token_is_refused_and_says_how(
    open_web: OpenWeb, phone: FakePhone, authorization: str
) -> None:
    client = await open_web(OPEN_WORLD)
    headers = {"Authorization": authorization} if authorization else {}
    for response in (
        await client.get("/api/v1/phone", headers=headers),
        await client.post("/api/v1/phone/handset/lift", headers=headers),
        await client.get("/api/v1/nothing", headers=headers),
    ):
        await assert_problem(response, 401, HOW_TO_GET)
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="neoretro"'
    assert phone.told == []


def everything(world: WebSettings) -> list[tuple[str, str]]:
    """Method and path of every route below the API, as a request has them."""
    router = application({"salon": FakePhone()}, world).router
    resources = [(route.method, route.resource.canonical) for route in router.routes() if route.resource is not None]
    filled = [(method, path.replace("{name}", "salon").replace("{file}", "a.wav")) for method, path in resources]
    return [(method, path) for method, path in filled if path.startswith("/api/")]


async def test_no_route_at_all_is_open_without_the_token(open_web: OpenWeb, phone: FakePhone) -> None:
    client = await open_web(OPEN_WORLD)
    routes = everything(OPEN_WORLD)
    assert len(routes) > 40
    for method, path in routes:
        assert (await client.request(method, path)).status == 401, (method, path)
    assert (phone.told, phone.recorder.orders) == ([], [])


async def test_another_site_changes_nothing_by_any_route(client: Client, phone: FakePhone) -> None:
    headers = {"Host": "localhost:8080", "Origin": "https://evil.example"}
    for method, path in everything(WebSettings()):
        if method not in ("GET", "HEAD"):
            assert (await client.request(method, path, headers=headers)).status == 403, (method, path)
    assert (phone.told, phone.recorder.orders) == ([], [])


async def test_bearer_token_opens_the_api(open_web: OpenWeb) -> None:
    client = await open_web(WebSettings("0.0.0.0", 8080, "plain"))
    response = await client.get("/api/v1/phone", headers={"Authorization": "bearer plain"})
    assert response.status == 200


async def test_page_without_the_token_says_how_to_get_it(open_web: OpenWeb) -> None:
    client = await open_web(OPEN_WORLD)
    response = await client.get("/", headers={"Accept": "text/html,*/*"})
    page = await response.text()
    assert (response.status, response.content_type) == (401, "text/html")
    assert "neoretro serve" in page and "web.token" in page
    assert "<script>" not in page


async def test_token_in_the_address_becomes_a_cookie_and_leaves_the_address(open_web: OpenWeb) -> None:
    client = await open_web(OPEN_WORLD)
    response = await client.get("/earpiece", params={"token": TOKEN, "phone": "salon"}, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/earpiece?phone=salon")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("neoretro_8080=")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert (await client.get("/api/v1/phone")).status == 200


async def test_wrong_token_in_the_address_gives_no_cookie(open_web: OpenWeb) -> None:
    client = await open_web(OPEN_WORLD)
    response = await client.get("/api/v1/phone", params={"token": "guess"}, allow_redirects=False)
    await assert_problem(response, 401, HOW_TO_GET)
    assert "Set-Cookie" not in response.headers


async def test_redirect_stays_here(open_web: OpenWeb) -> None:
    client = await open_web(WebSettings("0.0.0.0", 8080, "plain"))
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"GET //evil.example/?token=plain HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert head.startswith("HTTP/1.1 303 ")
    assert "Location: /evil.example/\r\n" in head or "Location: /\r\n" in head


async def test_cookie_opens_the_socket(open_web: OpenWeb) -> None:
    client = await open_web(WebSettings("0.0.0.0", 8080, "plain"))
    await client.get("/healthz", params={"token": "plain"})
    await client.get("/", params={"token": "plain"}, allow_redirects=False)
    async with client.ws_connect("/api/v1/events") as socket:
        assert (await socket.receive_json(timeout=5))["event"] == "snapshot"


async def test_health_and_artwork_need_no_token(open_web: OpenWeb) -> None:
    client = await open_web(OPEN_WORLD)
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/static/token.html")).status == 200


@pytest.mark.parametrize("path", ["/", "/earpiece", "/api/v1/phone", "/api/v1/nothing", "/healthz"])
async def test_every_answer_is_protected(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Permissions-Policy"] == "microphone=(self), camera=(), geolocation=()"
