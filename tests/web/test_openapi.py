"""The OpenAPI document is valid, and says exactly the routes there are."""

from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.web import WebSettings, application
from tests.web.conftest import Client
from tests.web.fake_phone import FakePhone


async def test_document_is_valid_openapi_31(client: Client) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


async def test_document_names_every_route_and_no_other(client: Client) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    written = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item if method != "parameters"
    }
    app = application({"salon": FakePhone()}, WebSettings())
    real = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(("/api/", "/healthz"))
    }
    assert written == {(method, path) for method, path in real if method != "HEAD"}


@pytest.mark.parametrize("path", ["phones", "phone", "phone/figures", "phone/recording", "phone/recordings"])
async def test_what_is_answered_is_what_the_document_says(client: Client, phone: FakePhone, path: str) -> None:
    phone.recorder.files["salon-20251124T104200Z-mix.wav"] = Path(__file__)
    document = await (await client.get("/api/v1/openapi.json")).json()
    answered = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]
    schema = answered["schema"] | {"components": document["components"]}
    found = await (await client.get(f"/api/v1/{path}")).json()
    assert [error.message for error in OAS31Validator(schema).iter_errors(found)] == []
    assert list(OAS31Validator(schema).iter_errors(dict.fromkeys(found, -1.5))), "not whatever is found is good"


async def test_limits_of_a_field_are_in_its_schema(client: Client) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    schemas: dict[str, Any] = document["components"]["schemas"]
    volume = schemas["VolumeBody"]
    assert (volume["properties"]["level"]["minimum"], volume["properties"]["level"]["maximum"]) == (0, 10)
    assert volume["additionalProperties"] is False
    assert schemas["Place"]["enum"] == ["docked", "near", "far", "table"]


async def test_snapshot_of_the_document_has_the_fields_of_the_answer(client: Client) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    answer = await (await client.get("/api/v1/phone")).json()
    assert document["components"]["schemas"]["PhoneSnapshot"]["properties"].keys() == answer.keys()


async def test_figures_of_the_document_have_the_fields_of_the_answer(client: Client) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    answer = await (await client.get("/api/v1/phone/figures")).json()
    schemas: dict[str, Any] = document["components"]["schemas"]
    assert schemas["PhoneFigures"]["properties"].keys() == answer.keys()
    for schema, value in (
        ("LegFigures", answer["legs"]),
        ("SessionFigures", answer["legs"]["far"]),
        ("Quality", answer["legs"]["far"]["quality"]),
        ("PlayoutFigures", answer["legs"]["far"]["playout"]),
        ("BeatFigures", answer["bridge"]),
    ):
        assert schemas[schema]["properties"].keys() == value.keys(), schema
    assert schemas["WebRtcFigures"]["properties"].keys() >= schemas["SessionFigures"]["properties"].keys()
    assert schemas["Quality"]["properties"]["mos_lq"]["description"].startswith("mean opinion of who only listens")
    assert schemas["RecordingState"]["properties"]["fault"]["description"].startswith("why it ended by itself")


async def test_fields_of_the_snapshot_are_described_as_in_the_source(client: Client) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    schemas: dict[str, Any] = document["components"]["schemas"]
    assert schemas["CallSnapshot"]["properties"]["recall"]["description"].startswith("the call that rings is one")
    assert schemas["SecondCall"]["properties"]["held_by_far"]["description"] == "the far end holds us there"
    assert schemas["LineSnapshot"]["properties"]["text"]["description"] == "the last one that came"
