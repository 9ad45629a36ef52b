"""Recording, as HTTP asks for it."""

from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import Client
from tests.web.fake_phone import FakePhone

EVERYBODY = ("far", "handset", "earpiece")


async def said(client: Client, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    response = await client.post(f"/api/v1/phone/recording/{path}", json=body)
    return response.status, await response.json()


async def test_without_a_word_everybody_is_recorded_and_the_mix(client: Client, phone: FakePhone) -> None:
    status, state = await said(client, "start")
    assert (status, state["recording"], state["files"]) == (200, True, {"mix": "salon-mix.wav"})
    assert phone.recorder.orders == [(EVERYBODY, True)]
    shown = await (await client.get("/api/v1/phone/recording")).json()
    assert shown == state
    status, state = await said(client, "stop")
    assert (status, state["recording"], state["seconds"]) == (200, False, 3.5)


@pytest.mark.parametrize(
    ("body", "order"),
    [({"legs": ["far"]}, (("far",), True)), ({"legs": [], "mix": True}, ((), True))]
    + [({"legs": ["handset", "far"], "mix": False}, (("handset", "far"), False))],
)
async def test_what_is_recorded_can_be_chosen(
    client: Client, phone: FakePhone, body: dict[str, Any], order: tuple[tuple[str, ...], bool]
) -> None:
    assert (await said(client, "start", body))[0] == 200
    assert phone.recorder.orders == [order]


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"legs": [], "mix": False}, 422, 'legs: found [] with "mix": false, expected anything to record'),
        ({"legs": ["far", "far"]}, 422, 'legs: found ["far","far"], expected each leg once'),
        (
            {"mix": "yes"},
            422,
            'mix: found "yes", expected whether there is a file of all three together: true or false',
        ),
        ({"folder": "/etc"}, 422, 'folder: found a field the gesture does not know ("/etc"), expected only legs, mix'),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(
    client: Client, phone: FakePhone, body: dict[str, Any], status: int, detail: str
) -> None:
    found, problem = await said(client, "start", body)
    assert (found, problem["detail"]) == (status, detail)
    assert phone.recorder.orders == []


async def test_a_leg_that_no_phone_has_is_refused(client: Client) -> None:
    status, problem = await said(client, "start", {"legs": ["cellar"]})
    assert status == 422
    assert problem["detail"].startswith('legs.0: found "cellar", expected')


async def test_what_the_recorder_refuses_is_a_conflict(client: Client, phone: FakePhone) -> None:
    phone.recorder.refusal = "recordings.folder: found none in the configuration, expected a folder to record into"
    assert await said(client, "start") == (
        409,
        {"title": "Conflict", "status": 409, "detail": phone.recorder.refusal},
    )
    status, problem = await said(client, "stop")
    assert (status, problem["detail"]) == (409, "recording: found none, expected one that is under way")


async def test_finished_files_are_listed_and_handed_out(client: Client, phone: FakePhone, tmp_path: Path) -> None:
    name = "salon-20251124T104200Z-mix.wav"
    phone.recorder.files[name] = tmp_path / name
    phone.recorder.files[name].write_bytes(b"RIFF and so on")
    listed = await (await client.get("/api/v1/phone/recordings")).json()
    assert listed == {"recordings": [{"name": name, "bytes": 14, "seconds": 1.0}]}
    response = await client.get(f"/api/v1/phone/recordings/{name}")
    assert (response.status, await response.read()) == (200, b"RIFF and so on")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.content_type == "audio/wav"


@pytest.mark.parametrize("name", ["nothing.wav", "..%2F..%2Fetc%2Fpasswd", "%2e%2e", "a%00b"])
async def test_what_is_not_there_is_not_found(client: Client, name: str) -> None:
    response = await client.get(f"/api/v1/phone/recordings/{name}")
    assert response.status == 404
    assert response.content_type == "application/problem+json"


async def test_each_phone_has_a_recorder_of_its_own(client: Client, phone: FakePhone, kitchen: FakePhone) -> None:
    await client.post("/api/v1/phones/cuisine/recording/start")
    assert (phone.recorder.orders, kitchen.recorder.orders) == ([], [(EVERYBODY, True)])
