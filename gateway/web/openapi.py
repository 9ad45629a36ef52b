"""The OpenAPI 3.1 document, made of what the routes really use: the gestures' bodies and the phone's snapshots."""

from functools import cache
from importlib.metadata import version
from itertools import chain
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from gateway import beat
from gateway.rtp import emodel, xr
from gateway.rtp import figures as voice_figures
from gateway.web import described, figures, recorder
from gateway.web.figures import PhoneFigures
from gateway.web.gestures import GESTURES, NoBody, bodies
from gateway.web.recorder import RecordedFiles, RecordingState
from gateway.web.recordings import RecordingOrder
from gateway.web.voice import Answer, OfferBody
from softphone import snapshots
from softphone.messages import PhoneSnapshot

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_BEARER = "token"
_DESCRIBED = (snapshots, beat, figures, recorder, voice_figures, emodel, xr)
"""modules whose values are told, with a line under each field"""


class Told(BaseModel):
    """A gesture was told to the phone; what becomes of it is in a later snapshot."""

    told: str = Field(description="the gesture")
    version: int = Field(description="version of the snapshot before it")


class Names(BaseModel):
    """The phones of this process, the first being the one at /phone."""

    phones: list[str]


class SnapshotEvent(BaseModel):
    """What the event socket sends: one a message."""

    event: str = Field(description='"snapshot"')
    phone: PhoneSnapshot


class Fault(BaseModel):
    """One field that is not good."""

    field: str = Field(description="its name in the body; empty for the body itself")
    found: str
    expected: str


class ProblemDetails(BaseModel):
    """RFC 9457."""

    title: str
    status: int
    detail: str = Field(description="what was found, and what was expected")
    errors: list[Fault] = Field([], description="field by field, where fields are at fault")


class _Told(BaseModel):
    """What is told as a dataclass, for pydantic to find."""

    figures: PhoneFigures
    state: RecordingState
    files: RecordedFiles


@cache
def document() -> Json:
    """The whole document. It is the same for every phone and never changes while the process lives."""
    paths: Json = {
        "/healthz": {"get": _health()},
        "/api/v1/openapi.json": {"get": _get("This document.", {"type": "object"})},
        "/api/v1/phones": {"get": _get("The names of the phones.", _ref(Names))},
        "/api/v1/events": {"get": _events("the first phone")},
    }
    for prefix, whose in (("/api/v1/phone", "the first phone"), ("/api/v1/phones/{name}", "a phone")):
        paths |= _phone(prefix, whose)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NeoRetro softphone",
            "version": version("neoretro"),
            "license": {"name": "BSD-2-Clause", "identifier": "BSD-2-Clause"},
            "description": (
                "Everything a person can see of the phone is in its snapshot; everything a person can do is a POST. "
                "On loopback no token is asked for."
            ),
        },
        "security": [{}, {_BEARER: []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {_BEARER: {"type": "http", "scheme": "bearer"}},
            "parameters": {
                "name": {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
                "file": {"name": "file", "in": "path", "required": True, "schema": {"type": "string"}},
                "leg": {
                    "name": "leg",
                    "in": "query",
                    "description": "only this connection, as named in the answer",
                    "schema": {"type": "string"},
                },
            },
        },
    }


def _schemas() -> Json:
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (OfferBody, "validation"),
        (Answer, "serialization"),
        (Told, "serialization"),
        (Names, "serialization"),
        (SnapshotEvent, "serialization"),
        (ProblemDetails, "serialization"),
        (RecordingOrder, "validation"),
        (_Told, "serialization"),
    ]
    models += [(body, "validation") for body in bodies()]
    _, schema = models_json_schema(models, ref_template=_REF)
    definitions: Json = schema["$defs"]
    del definitions[_Told.__name__]
    for name, fields in chain.from_iterable(described.fields(module).items() for module in _DESCRIBED):
        for field, description in fields.items():
            # a reference with a word beside it is good since OpenAPI 3.1
            definitions.get(name, {}).get("properties", {}).get(field, {})["description"] = description
    return definitions


def _phone(prefix: str, whose: str) -> Json:
    paths: Json = {
        prefix: {"get": _get(f"Everything a person can see of {whose}.", _ref(PhoneSnapshot))},
        f"{prefix}/figures": {"get": _get("How voice fares now: what is measured of every leg.", _ref(PhoneFigures))},
        f"{prefix}/events": {"get": _events(whose)},
        **_recordings(prefix),
    }
    for gesture in GESTURES:
        operation: Json = {
            "summary": gesture.summary,
            "responses": {"202": _content("Told to the phone.", _ref(Told)), **_problems(400, 413, 415, 422)},
        }
        required = gesture.body is not NoBody
        operation["requestBody"] = {"required": required, **_json(_ref(gesture.body))}
        paths[f"{prefix}/{gesture.path}"] = {"post": operation}
    for part in ("handset", "earpiece"):
        paths[f"{prefix}/{part}/webrtc"] = _webrtc(part)
    if "{name}" in prefix:
        for item in paths.values():
            item["parameters"] = [{"$ref": "#/components/parameters/name"}]
            for operation in item.values():
                if isinstance(operation, dict):
                    operation["responses"] |= _problems(404)
    return paths


def _recordings(prefix: str) -> Json:
    state = _content("As it is then.", _ref(RecordingState))
    order = {"required": False, **_json(_ref(RecordingOrder))}
    nothing = {"required": False, **_json(_ref(NoBody))}
    return {
        f"{prefix}/recording": {"get": _get("The recording under way, or the last one.", _ref(RecordingState))},
        f"{prefix}/recording/start": {
            "post": {
                "summary": "Record legs, and the mix of all, from now on, into the folder of the configuration.",
                "requestBody": order,
                "responses": {"200": state, **_problems(400, 409, 413, 415, 422)},
            }
        },
        f"{prefix}/recording/stop": {
            "post": {
                "summary": "End the recording; its files are whole then.",
                "requestBody": nothing,
                "responses": {"200": state, **_problems(400, 409, 413, 415, 422)},
            }
        },
        f"{prefix}/recordings": {"get": _get("What was recorded, the oldest first.", _ref(RecordedFiles))},
        f"{prefix}/recordings/{{file}}": {
            "get": {
                "summary": "One recorded file.",
                "parameters": [{"$ref": "#/components/parameters/file"}],
                "responses": {
                    "200": {
                        "description": "WAV of 16 kHz, or what is known of the WAVs beside it.",
                        "content": {
                            "audio/wav": {"schema": {"type": "string", "format": "binary"}},
                            "application/json": {"schema": {"type": "object"}},
                        },
                    },
                    **_problems(401, 404),
                },
            }
        },
    }


def _webrtc(part: str) -> Json:
    return {
        "post": {
            "summary": f"Make this browser the {part}'s microphone and receiver, in place of any other.",
            "requestBody": {"required": True, **_json(_ref(OfferBody))},
            "responses": {
                "200": _content("The SDP answer.", _ref(Answer)),
                **_problems(400, 409, 413, 415, 422),
            },
        },
        "delete": {
            "summary": f"The browser leaves the {part}.",
            "parameters": [{"$ref": "#/components/parameters/leg"}],
            "responses": {"204": {"description": "It left."}, **_problems(409)},
        },
    }


def _get(summary: str, schema: Json) -> Json:
    return {"summary": summary, "responses": {"200": _content("As it is now.", schema), **_problems(401)}}


def _events(whose: str) -> Json:
    return {
        "summary": f"WebSocket: the whole snapshot of {whose} first, then each one as it comes.",
        "responses": {
            "101": _content("Switched to WebSocket; each message is one event.", _ref(SnapshotEvent)),
            **_problems(401, 403, 426),
        },
    }


def _health() -> Json:
    schema = {"type": "object", "properties": {"status": {"type": "string"}}}
    return {
        "summary": "Whether every phone works.",
        "security": [],
        "responses": {"200": _content("They do.", schema), "503": _content("One is out of order.", schema)},
    }


def _problems(*statuses: int) -> Json:
    schema = {"schema": _ref(ProblemDetails)}
    return {
        str(status): {"description": "Refused.", "content": {"application/problem+json": schema}} for status in statuses
    }


def _content(description: str, schema: Json) -> Json:
    return {"description": description, **_json(schema)}


def _json(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def _ref(model: type) -> Json:
    return {"$ref": _REF.format(model=model.__name__)}
