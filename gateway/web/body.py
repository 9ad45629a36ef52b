"""A request's body: JSON, read strictly into a model; every fault named with what was found and expected."""

import json
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.web.problem import FieldFault, Problem

M = TypeVar("M", bound=BaseModel)

_SHOWN = 60
"""characters of a found value that a refusal repeats"""


async def take(request: web.Request) -> bytes:
    """The bytes of a body. :raises Problem: 415 when they are not said to be JSON; aiohttp refuses too many."""
    raw = await request.read()
    if raw and request.content_type != "application/json":
        raise Problem(415, f"Content-Type: found {request.content_type}, expected application/json")
    return raw


def read(model: type[M], raw: bytes) -> M:
    """A body as its model; no bytes count as an empty object. :raises Problem: 400 or 422, field by field."""
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as refusal:
        errors = refusal.errors(include_url=False)
    if errors[0]["type"] == "json_invalid":
        raise Problem(400, f"body: not JSON: {errors[0]['ctx']['error']}")
    faults = [_fault(model, error) for error in errors]
    raise Problem(422, "; ".join(map(str, faults)), faults)


def _fault(model: type[BaseModel], error: ErrorDetails) -> FieldFault:
    name = ".".join(str(part) for part in error["loc"])
    fields = model.model_fields
    if error["type"] == "extra_forbidden":
        known = f"only {', '.join(fields)}" if fields else "no field at all"
        return FieldFault(name, f"a field the gesture does not know ({_shown(error['input'])})", known)
    if not name:
        return FieldFault("", _shown(error["input"]), "a JSON object")
    found = "nothing" if error["type"] == "missing" else _shown(error["input"])
    return FieldFault(name, found, fields[str(error["loc"][0])].description or error["msg"])


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
