"""pjsua as the receiver: answers one direct call and records it.  ``python -m tests.bench.answer_pjsua PORT OUT.wav``

It says ``answering`` when it can be called and ends when the caller hangs up. Everything is done in one thread;
pjsua2's objects are kept as long as they are read.
"""

import os
import sys
import time
from typing import Any

import pjsua2 as pj

POLL_MS = 10
LONGEST_S = 60.0
"""s after which nobody calls any more"""


class _Call(pj.Call):  # type: ignore[misc]
    """Recorded as soon as voice flows."""

    recorder: Any = None
    over = False
    target = ""

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()
        for media in info.media:
            active = media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE
            if active and self.recorder is None:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(self.target)
                self.getAudioMedia(media.index).startTransmit(self.recorder)


class _Account(pj.Account):  # type: ignore[misc]
    call: Any = None
    target = ""

    def onIncomingCall(self, prm: Any) -> None:
        self.call = _Call(self, prm.callId)
        self.call.target = self.target
        answer = pj.CallOpParam(True)
        answer.statusCode = 200
        self.call.answer(answer)


def endpoint(port: int) -> Any:
    """8 kHz, no sound device, no silence suppression, one thread."""
    made = pj.Endpoint()
    made.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.medConfig.clockRate, config.medConfig.noVad = 8_000, True
    made.libInit(config)
    transport = pj.TransportConfig()
    transport.port, transport.boundAddress = port, "127.0.0.1"
    made.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    made.libStart()
    made.audDevManager().setNullDev()
    return made


def main(port: int, target: str) -> None:
    library, account, config = endpoint(port), _Account(), pj.AccountConfig()
    config.idUri = "sip:phone@127.0.0.1"
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account.target = target
    account.create(config)
    sys.stderr.write("answering\n")
    sys.stderr.flush()
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end and not (account.call and account.call.over):
        library.libHandleEvents(POLL_MS)
    account.call = None
    account.shutdown()
    library.libDestroy()


if __name__ == "__main__":
    sys.stdout = os.fdopen(os.dup(1), "w")  # what the library itself prints goes where faults go
    os.dup2(2, 1)
    main(int(sys.argv[1]), sys.argv[2])
