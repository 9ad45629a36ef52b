"""Finds libopus and declares the functions of it that we call.

PyAV's wheel bundles one, always there as aiortc needs it; a PyAV built from source uses the system's.
"""

import ctypes
import ctypes.util
import functools
import importlib.util
from pathlib import Path

from gateway.codecs.codec import CodecUnavailable

APPLICATION_VOIP = 2048
SET_BITRATE, SET_MAX_BANDWIDTH, SET_VBR, SET_COMPLEXITY = 4002, 4004, 4006, 4010
SET_INBAND_FEC, SET_PACKET_LOSS_PERC, SET_DTX = 4012, 4014, 4016
GET_IN_DTX = 4049
"""since libopus 1.3"""
BANDWIDTHS = {8_000: 1101, 12_000: 1102, 16_000: 1103, 24_000: 1104, 48_000: 1105}
"""sample rates and the bandwidths that they have (:rfc:`6716#section-2`)"""
MAX_PACKET = 1275 * 3 + 7
"""bytes, :rfc:`6716#section-3`."""


def _bundled() -> list[str]:
    """Where PyAV's wheel keeps it: the folder `av.libs` beside the package."""
    spec = importlib.util.find_spec("av")
    folders = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    return [str(p) for folder in folders for p in sorted((Path(folder).parent / "av.libs").glob("libopus-*.so*"))]


@functools.cache
def load() -> ctypes.CDLL:
    """The library with its prototypes set; :class:`CodecUnavailable` where there is none."""
    system = ctypes.util.find_library("opus")
    for path in [*_bundled(), *([system] if system else [])]:
        try:
            return _declare(ctypes.CDLL(path))
        except (OSError, AttributeError):
            continue
    raise CodecUnavailable(
        "libopus was not found, neither in PyAV's wheel (av.libs) nor on the system: install libopus0"
    )


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    prototypes = {
        "opus_encoder_create": (pointer, [ctypes.c_int32, integer, integer, ctypes.POINTER(integer)]),
        "opus_encoder_destroy": (None, [pointer]),
        "opus_encode": (ctypes.c_int32, [pointer, ctypes.c_char_p, integer, ctypes.c_char_p, ctypes.c_int32]),
        "opus_decoder_create": (pointer, [ctypes.c_int32, integer, ctypes.POINTER(integer)]),
        "opus_decoder_destroy": (None, [pointer]),
        "opus_decode": (integer, [pointer, ctypes.c_char_p, ctypes.c_int32, pointer, integer, integer]),
        "opus_strerror": (ctypes.c_char_p, [integer]),
    }
    for name, (result, arguments) in prototypes.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    # variadic: the two named arguments are declared, the value goes as an int
    library.opus_encoder_ctl.restype, library.opus_encoder_ctl.argtypes = integer, [pointer, integer]
    return library


def reason(library: ctypes.CDLL, code: int) -> str:
    """What libopus says of an error code, in its own words."""
    text: bytes = library.opus_strerror(code)
    return text.decode()
