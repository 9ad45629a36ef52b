"""One pjsua2 endpoint, driven by JSON lines on stdin; what happens to it comes out as JSON lines on stdout.

pjsua2 allows one endpoint a process and wants every call from one thread: so it lives in a process of its own, which
polls it and its stdin in turn. Run by :mod:`tests.end_to_end.peers.pjsua`.
"""

import json
import os
import select
import sys
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

TRANSPORTS = {
    "udp": pj.PJSIP_TRANSPORT_UDP,
    "tcp": pj.PJSIP_TRANSPORT_TCP,
    "tls": pj.PJSIP_TRANSPORT_TLS,
}
MEDIA = {
    pj.PJSUA_CALL_MEDIA_NONE: "none",
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "local hold",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "remote hold",
    pj.PJSUA_CALL_MEDIA_ERROR: "error",
}
POLL_MS = 5


def say(event: str, **values: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


class Call(pj.Call):  # type: ignore[misc]
    """One call; its voice is played and recorded as soon as there is any."""

    def __init__(self, phone: "Phone", call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self.phone = phone
        self.player: Any = None
        self.recorder: Any = None
        phone.calls.append(self)
        self.number = len(phone.calls)

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        say("state", call=self.number, state=info.stateText, status=info.lastStatusCode, reason=info.lastReason)

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()  # bound: its media are freed with it
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                say("media", call=self.number, media=MEDIA[media.status])
                if media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                    self._connect(self.getAudioMedia(media.index))

    def _connect(self, audio: Any) -> None:
        if self.player is None:
            self.player, self.recorder = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
            self.player.createPlayer(self.phone.order["play"])
            self.recorder.createRecorder(f"{self.phone.order['folder']}/heard-{self.number}.wav")
        self.player.startTransmit(audio)
        audio.startTransmit(self.recorder)

    def onDtmfDigit(self, prm: Any) -> None:
        say("digit", call=self.number, digit=prm.digit)

    def onCallTransferRequest(self, prm: Any) -> None:
        say("transfer requested", call=self.number, target=prm.dstUri)
        prm.newCall = Call(self.phone)
        prm.statusCode = 202

    def onCallTransferStatus(self, prm: Any) -> None:
        say("transfer", call=self.number, status=prm.statusCode, final=bool(prm.finalNotify))

    def onCallReplaceRequest(self, prm: Any) -> None:
        prm.newCall = Call(self.phone)
        prm.statusCode = 200

    def onCallReplaced(self, prm: Any) -> None:
        say("replaced", call=self.number)

    def onInstantMessage(self, prm: Any) -> None:
        say("message", call=self.number, text=prm.msgBody)


class Account(pj.Account):  # type: ignore[misc]
    phone: "Phone"

    def onRegState(self, prm: Any) -> None:
        say("registration", status=prm.code, reason=prm.reason)

    def onIncomingCall(self, prm: Any) -> None:
        call = Call(self.phone, prm.callId)
        say("incoming", call=call.number, remote=call.getInfo().remoteUri)
        if (status := self.phone.order["answer"]) and status != 200:
            call.answer(_param(180))
        if status:
            call.answer(_param(status))

    def onMwiInfo(self, prm: Any) -> None:
        say("mwi", text=prm.rdata.wholeMsg)


def _param(status: int = 0, options: int = 0) -> Any:
    param = pj.CallOpParam(True)
    param.statusCode = status
    if options:
        param.opt.flag = options
    return param


class Phone:
    """The endpoint, its one account, and its calls in order of appearance, counted from 1."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.calls: list[Call] = []
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.logConfig.filename = f"{order['folder']}/pjsip.log"
        config.logConfig.level = 5
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.medConfig.clockRate = 16000
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress = order["port"], "127.0.0.1"
        transport.tlsConfig.CaListFile = order["ca_file"]
        transport.tlsConfig.certFile, transport.tlsConfig.privKeyFile = order["certificate"], order["key"]
        transport.tlsConfig.verifyServer = bool(order["ca_file"])
        self.endpoint.transportCreate(TRANSPORTS[order["transport"]], transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            wanted = any(codec.codecId.startswith(name) for name in order["codecs"])
            self.endpoint.codecSetPriority(codec.codecId, 200 if wanted else 0)
        self.account = Account()
        self.account.phone = self
        self.account.create(self._account())

    def _account(self) -> Any:
        order, config = self.order, pj.AccountConfig()
        config.idUri = f"sip:{order['user']}@{order['domain']}"
        if order["registrar"]:
            config.regConfig.registrarUri = order["registrar"]
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", order["user"], 0, order["password"]))
            config.sipConfig.proxies.append(order["registrar"] + ";lr")
        config.regConfig.timeoutSec = 60
        config.mwiConfig.enabled = False
        media = config.mediaConfig
        media.transportConfig.boundAddress = order["media_host"]
        media.transportConfig.port = order["media"]
        media.transportConfig.portRange = 38
        media.srtpUse, media.srtpSecureSignaling = order["srtp"], 0
        media.rtcpMuxEnabled, media.rtcpXrEnabled = order["rtcp_mux"], order["rtcp_xr"]
        config.natConfig.iceEnabled = order["ice"]
        calls = config.callConfig
        calls.prackUse, calls.timerUse = order["prack"], order["timer"]
        calls.timerMinSESec, calls.timerSessExpiresSec = order["min_se"], order["session_expires"]
        return config

    # ------------------------------------------------------------ commands

    def dial(self, target: str) -> None:
        Call(self).makeCall(target, _param())

    def answer(self, call: int, status: int) -> None:
        self.calls[call - 1].answer(_param(status))

    def hang_up(self, call: int) -> None:
        self.calls[call - 1].hangup(_param())

    def hold(self, call: int) -> None:
        self.calls[call - 1].setHold(_param())

    def resume(self, call: int) -> None:
        self.calls[call - 1].reinvite(_param(options=pj.PJSUA_CALL_UNHOLD))

    def update(self, call: int) -> None:
        self.calls[call - 1].update(_param())

    def transfer(self, call: int, target: str) -> None:
        self.calls[call - 1].xfer(target, _param())

    def transfer_to(self, call: int, other: int) -> None:
        self.calls[call - 1].xferReplaces(self.calls[other - 1], _param())

    def touch(self, call: int, digits: str, method: str) -> None:
        if method == "rfc4733":
            self.calls[call - 1].dialDtmf(digits)
            return
        param = pj.CallSendDtmfParam()
        param.method, param.digits = pj.PJSUA_DTMF_METHOD_SIP_INFO, digits
        self.calls[call - 1].sendDtmf(param)

    def message(self, call: int, text: str) -> None:
        param = pj.SendInstantMessageParam()
        param.contentType, param.content = "text/plain", text
        self.calls[call - 1].sendInstantMessage(param)

    # ------------------------------------------------------------ life

    def run(self) -> None:
        say("ready")
        waiting = b""
        while True:
            self.endpoint.libHandleEvents(POLL_MS)
            while select.select([0], [], [], 0)[0]:
                piece = os.read(0, 65536)
                if not piece:
                    return
                *lines, waiting = (waiting + piece).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))

    def _obey(self, order: dict[str, Any]) -> None:
        command: Callable[..., None] = getattr(self, order.pop("command"))
        try:
            command(**order)
        except pj.Error as fault:
            say("fault", command=command.__name__, reason=fault.reason)

    def close(self) -> None:
        self.endpoint.hangupAllCalls()
        for _ in range(20):
            self.endpoint.libHandleEvents(10)
        self.calls.clear()
        self.account.shutdown()
        self.endpoint.libDestroy()


if __name__ == "__main__":
    phone = Phone(json.loads(sys.argv[1]))
    try:
        phone.run()
    finally:
        phone.close()
