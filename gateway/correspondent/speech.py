"""Speech from ``espeak-ng``, where it is installed; the correspondent can do without."""

import io
import shutil
import subprocess
import wave

import numpy as np
import soxr

from gateway.correspondent.voices import RATE

TIMEOUT_S = 5.0
PEAK = 0.7
"""of full scale"""


def speak(text: str, language: str) -> bytes | None:
    """`text` as 8-bit samples at 8 kHz; None when there is nobody to speak. Takes up to a tenth of a second."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    command = [program, "--stdout", "-v", language, "-s", "160", text]
    try:
        spoken = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    with wave.open(io.BytesIO(spoken), "rb") as recording:
        rate = recording.getframerate()
    # the header of a WAV on a pipe does not know its length
    return eight_bits(np.frombuffer(spoken[44 : len(spoken) // 2 * 2], np.int16).astype(np.float32), rate)


def eight_bits(samples: np.ndarray[tuple[int], np.dtype[np.float32]], rate: int) -> bytes:
    """Samples at `rate` Hz, of any level, as unsigned bytes at 8 kHz with a peak of :data:`PEAK`."""
    narrow = soxr.resample(samples, rate, RATE)
    peak = max(1e-9, float(np.abs(narrow).max(initial=0.0)))
    return bytes((128 + np.rint(narrow * (127 * PEAK / peak))).clip(0, 255).astype(np.uint8).tobytes())
