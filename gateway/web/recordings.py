"""Recording over HTTP: start, stop, what is under way, and the files of before."""

from typing import Annotated

from aiohttp import web
from pydantic import Field
from pydantic_core import to_json

from gateway.web import body
from gateway.web.gestures import Body, NoBody
from gateway.web.problem import Problem
from gateway.web.recorder import Leg, RecordedFiles, RecordingRefused, WebRecorder


class RecordingOrder(Body):
    """What is to be recorded."""

    legs: Annotated[
        tuple[Leg, ...], Field(description='the legs that get a file each, of "far", "handset" and "earpiece"')
    ] = ("far", "handset", "earpiece")
    mix: Annotated[bool, Field(description="whether there is a file of all three together: true or false")] = True


async def start(recorder: WebRecorder, request: web.Request) -> web.Response:
    order = body.read(RecordingOrder, await body.take(request))
    if not order.legs and not order.mix:
        raise Problem(422, 'legs: found [] with "mix": false, expected anything to record')
    if len(set(order.legs)) < len(order.legs):
        raise Problem(422, f"legs: found {to_json(order.legs).decode()}, expected each leg once")
    try:
        return _json(await recorder.start(order.legs, mix=order.mix))
    except RecordingRefused as refusal:
        raise Problem(409, str(refusal)) from None


async def stop(recorder: WebRecorder, request: web.Request) -> web.Response:
    body.read(NoBody, await body.take(request))
    try:
        return _json(await recorder.stop())
    except RecordingRefused as refusal:
        raise Problem(409, str(refusal)) from None


async def show(recorder: WebRecorder, _: web.Request) -> web.Response:
    return _json(recorder.state)


async def names(recorder: WebRecorder, _: web.Request) -> web.Response:
    return _json(RecordedFiles(await recorder.finished()))


async def download(recorder: WebRecorder, request: web.Request) -> web.StreamResponse:
    name = request.match_info["file"]
    path = await recorder.find(name)
    if path is None:
        raise Problem(404, f"file: found {name[:80]!r}, expected one of the names at {request.rel_url.parent.path}")
    kind = "audio/wav" if path.suffix == ".wav" else "application/json"  # the machine's own table may say another
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"', "Content-Type": kind}
    return web.FileResponse(path, headers=headers)


def _json(value: object) -> web.Response:
    return web.Response(body=to_json(value), content_type="application/json")
