"""A browser becomes a part's voice, is refused, leaves, and is replaced."""

import pytest

from tests.web.conftest import Client
from tests.web.fake_phone import FakePhone
from tests.web.test_api import assert_problem

OFFER = {"sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n", "type": "offer"}


@pytest.mark.parametrize("part", ["handset", "earpiece"])
async def test_offer_is_answered(client: Client, phone: FakePhone, part: str) -> None:
    response = await client.post(f"/api/v1/phone/{part}/webrtc", json=OFFER)
    assert response.status == 200
    answer = await response.json()
    assert (answer["sdp"], answer["type"]) == ("v=0\r\n", "answer")
    assert len(answer["leg"]) >= 12
    assert phone.offers == [(part, OFFER["sdp"], "offer")]


async def test_refusal_of_the_phone_reaches_the_page(client: Client, phone: FakePhone) -> None:
    phone.refusal = "the offer has no audio, expected one m=audio line"
    response = await client.post("/api/v1/phone/handset/webrtc", json=OFFER)
    await assert_problem(response, 409, "handset: the offer has no audio, expected one m=audio line")


async def test_answer_is_no_offer(client: Client, phone: FakePhone) -> None:
    response = await client.post("/api/v1/phone/handset/webrtc", json=OFFER | {"type": "answer"})
    await assert_problem(response, 422, 'type: found "answer", expected "offer"')
    assert phone.offers == []


async def test_page_leaves_its_leg(client: Client, phone: FakePhone) -> None:
    answer = await (await client.post("/api/v1/phone/handset/webrtc", json=OFFER)).json()
    response = await client.delete("/api/v1/phone/handset/webrtc", params={"leg": answer["leg"]})
    assert (response.status, phone.left) == (204, ["handset"])


async def test_leaving_without_a_name_lets_whoever_holds_the_part_go(client: Client, phone: FakePhone) -> None:
    response = await client.delete("/api/v1/phone/earpiece/webrtc")
    assert (response.status, phone.left) == (204, ["earpiece"])


async def test_replaced_page_does_not_cut_off_its_successor(client: Client, phone: FakePhone) -> None:
    first = await (await client.post("/api/v1/phone/handset/webrtc", json=OFFER)).json()
    await client.post("/api/v1/phone/handset/webrtc", json=OFFER)
    response = await client.delete("/api/v1/phone/handset/webrtc", params={"leg": first["leg"]})
    await assert_problem(response, 409, f"leg: found {first['leg']!r}, which holds the handset no longer")
    assert phone.left == []


async def test_legs_of_two_phones_do_not_meet(client: Client, phone: FakePhone, kitchen: FakePhone) -> None:
    first = await (await client.post("/api/v1/phones/salon/handset/webrtc", json=OFFER)).json()
    await client.post("/api/v1/phones/cuisine/handset/webrtc", json=OFFER)
    response = await client.delete("/api/v1/phones/salon/handset/webrtc", params={"leg": first["leg"]})
    assert (response.status, phone.left, kitchen.left) == (204, ["handset"], [])
