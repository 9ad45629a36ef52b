"""Every route of the API, what each gesture tells the phone, and every refusal in its own words."""

from http import HTTPStatus
from typing import Any

import pytest

from softphone.messages import (
    Choose,
    Dial,
    DialKind,
    Dock,
    Flash,
    HangUp,
    Lay,
    LetGo,
    Lift,
    Move,
    Mute,
    SetVolume,
    Take,
    Touch,
    Transfer,
    Turn,
    Wind,
)
from tests.web.conftest import Client
from tests.web.fake_phone import Command, FakePhone

Json = dict[str, Any]

GESTURES: list[tuple[str, Json | None, Command]] = [
    ("handset/lift", None, Lift()),
    ("handset/hang-up", None, HangUp()),
    ("handset/flash", None, Flash()),
    ("handset/mute", {"on": True}, Mute(True)),
    ("handset/volume", {"level": 10}, SetVolume(10)),
    ("earpiece/take", {}, Take()),
    ("earpiece/dock", None, Dock()),
    ("earpiece/distance", {"distance_cm": 12.5}, Move(12.5)),
    ("earpiece/distance", {"distance_cm": 3}, Move(3.0)),
    ("earpiece/lay", None, Lay()),
    ("earpiece/mute", {"on": False}, Mute(False)),
    ("earpiece/volume", {"level": 0}, SetVolume(0)),
    ("dial/touch", {"keys": "*21#"}, Touch("*21#")),
    ("dial/turn", {"digits": "0142"}, Turn("0142")),
    ("dial/wind", {"digit": "7"}, Wind("7")),
    ("dial/let-go", {"wound_deg": 240.5}, LetGo(240.5)),
    ("dial/kind", {"kind": "rotary"}, Choose(DialKind.ROTARY)),
    ("call/dial", {"number": "sip:echo@lab"}, Dial("sip:echo@lab")),
    ("call/transfer", {"number": "06 11 11 11 11"}, Transfer("06 11 11 11 11")),
    ("call/transfer", {"number": ""}, Transfer()),
    ("call/transfer", None, Transfer()),
]

FAULTS: list[tuple[str, str, str]] = [
    ("handset/lift", '{"high": 1}', "high: found a field the gesture does not know (1), expected no field at all"),
    ("handset/mute", "{}", "on: found nothing, expected true or false"),
    ("handset/mute", '{"on": "yes"}', 'on: found "yes", expected true or false'),
    ("handset/volume", '{"level": 11}', "level: found 11, expected a whole number from 0 to 10"),
    ("earpiece/volume", '{"level": 7.5}', "level: found 7.5, expected a whole number from 0 to 10"),
    (
        "earpiece/distance",
        '{"distance_cm": NaN}',
        "distance_cm: found NaN, expected a number from 0 to 100, in centimetres",
    ),
    (
        "earpiece/distance",
        '{"distance_cm": -1}',
        "distance_cm: found -1, expected a number from 0 to 100, in centimetres",
    ),
    (
        "earpiece/distance",
        '{"distance_cm": 1, "cm": 2}',
        "cm: found a field the gesture does not know (2), expected only distance_cm",
    ),
    ("dial/touch", '{"keys": ""}', 'keys: found "", expected 1 to 64 keys of 0-9 * #'),
    ("dial/touch", '{"keys": "12A"}', 'keys: found "12A", expected 1 to 64 keys of 0-9 * #'),
    (
        "dial/touch",
        '{"keys": "' + "9" * 65 + '"}',
        'keys: found "' + "9" * 56 + "..., expected 1 to 64 keys of 0-9 * #",
    ),
    ("dial/turn", '{"digits": "4*"}', 'digits: found "4*", expected 1 to 64 digits of 0-9'),
    ("dial/wind", '{"digit": "10"}', 'digit: found "10", expected one digit of 0-9'),
    ("dial/let-go", '{"wound_deg": 361}', "wound_deg: found 361, expected a number from 0 to 360, in degrees"),
    ("dial/kind", '{"kind": "wheel"}', 'kind: found "wheel", expected "touch" or "rotary"'),
    ("call/dial", '{"number": ""}', 'number: found "", expected a number or a SIP address, 1 to 128 characters'),
    (
        "call/transfer",
        '{"number": "a\\nb"}',
        'number: found "a\\nb", expected a number or a SIP address of at most 128 characters; '
        "none: the held call and this one are joined",
    ),
    ("dial/kind", "[]", "body: found [], expected a JSON object"),
]


async def assert_problem(response: Any, status: int, detail: str) -> Json:
    assert response.status == status, await response.text()
    assert response.content_type == "application/problem+json"
    problem: Json = await response.json()
    assert problem["status"] == status
    assert problem["detail"] == detail
    return problem


async def test_phone_shows_every_state_a_person_can_see(client: Client, phone: FakePhone) -> None:
    phone.handset.tell(Lift())
    shown = await (await client.get("/api/v1/phone")).json()
    assert shown["handset"] == {"lifted": True, "muted": False, "volume": 7}
    assert shown["display"] == {"line1": "Composez", "line2": ""}
    assert shown["led"] == {"pattern": "off_hook", "steps": [["white", 0]]}
    assert (shown["name"], shown["market"], shown["version"]) == ("salon", "FR", 1)
    assert shown.keys() >= {"earpiece", "dial", "line", "call", "ringer", "failed"}


@pytest.mark.parametrize(("path", "body", "command"), GESTURES)
@pytest.mark.parametrize("prefix", ["/api/v1/phone", "/api/v1/phones/salon"])
async def test_gesture_is_told_to_its_part(
    client: Client, phone: FakePhone, prefix: str, path: str, body: Json | None, command: Command
) -> None:
    response = await client.post(f"{prefix}/{path}", json=body)
    assert response.status == 202, await response.text()
    assert await response.json() == {"told": path, "version": 0}
    assert phone.told == [command]


@pytest.mark.parametrize(("path", "body", "sentence"), FAULTS)
async def test_bad_field_is_refused_by_name(
    client: Client, phone: FakePhone, path: str, body: str, sentence: str
) -> None:
    response = await client.post(f"/api/v1/phone/{path}", data=body, headers={"Content-Type": "application/json"})
    problem = await assert_problem(response, 422, sentence)
    assert problem["title"] == HTTPStatus(422).phrase
    assert [f"{e['field'] or 'body'}: found {e['found']}, expected {e['expected']}" for e in problem["errors"]] == [
        sentence
    ]
    assert phone.told == []


async def test_every_bad_field_is_named_at_once(client: Client) -> None:
    response = await client.post("/api/v1/phone/handset/mute", json={"on": 1, "off": 2})
    await assert_problem(
        response,
        422,
        "on: found 1, expected true or false; off: found a field the gesture does not know (2), expected only on",
    )


async def test_body_that_is_not_json_is_refused_with_the_place(client: Client) -> None:
    response = await client.post(
        "/api/v1/phone/handset/mute", data=b'{"on": yes}', headers={"Content-Type": "application/json"}
    )
    await assert_problem(response, 400, "body: not JSON: expected value at line 1 column 8")


async def test_body_of_another_type_is_refused(client: Client, phone: FakePhone) -> None:
    response = await client.post("/api/v1/phone/handset/lift", data=b"x", headers={"Content-Type": "text/plain"})
    await assert_problem(response, 415, "Content-Type: found text/plain, expected application/json")
    assert phone.told == []


async def test_too_large_a_body_is_refused(client: Client, phone: FakePhone) -> None:
    response = await client.post("/api/v1/phone/dial/touch", json={"keys": "1" * 70_000})
    await assert_problem(response, 413, "body: found more than 65536 bytes, expected at most 65536")
    assert phone.told == []


async def test_wrong_method_is_refused_with_the_right_one(client: Client) -> None:
    response = await client.get("/api/v1/phone/handset/lift")
    await assert_problem(response, 405, "/api/v1/phone/handset/lift: found GET, expected POST")
    assert response.headers["Allow"] == "POST"


async def test_unknown_path_says_where_to_look(client: Client) -> None:
    response = await client.post("/api/v1/phone/handset/throw")
    await assert_problem(
        response, 404, "nothing at /api/v1/phone/handset/throw; /api/v1/openapi.json lists what there is"
    )


async def test_phones_are_listed_and_each_is_its_own(client: Client, phone: FakePhone, kitchen: FakePhone) -> None:
    assert await (await client.get("/api/v1/phones")).json() == {"phones": ["salon", "cuisine"]}
    await client.post("/api/v1/phones/cuisine/handset/lift")
    assert (phone.told, kitchen.told) == ([], [Lift()])
    assert (await (await client.get("/api/v1/phones/cuisine")).json())["handset"]["lifted"]


async def test_unknown_phone_is_refused_with_the_known_ones(client: Client) -> None:
    response = await client.get("/api/v1/phones/cave")
    await assert_problem(response, 404, "name: found 'cave', expected one of salon, cuisine")


async def test_figures_of_the_call(client: Client) -> None:
    response = await client.get("/api/v1/phone/figures")
    figures = await response.json()
    far = figures["legs"]["far"]
    assert (far["received"], far["lost"], far["playout"]["delay_ms"]) == (50, 1, 60.0)
    assert far["quality"]["mos_lq"] == 4.24
    assert (figures["legs"]["handset"]["state"], figures["legs"]["earpiece"]) == ("new", None)
    assert (figures["levels"], figures["recording"], figures["bridge"]["skipped"]) == ({"far": -21.5}, False, 0)


async def test_health_says_ok_until_a_phone_is_out_of_order(client: Client, kitchen: FakePhone) -> None:
    response = await client.get("/healthz")
    assert (response.status, await response.json()) == (200, {"status": "ok"})
    kitchen.change(failed="the dial raised ValueError")
    response = await client.get("/healthz")
    assert (response.status, await response.json()) == (503, {"status": "a phone is out of order"})
