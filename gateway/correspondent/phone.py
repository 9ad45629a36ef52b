"""pyVoIP as the lab's correspondent: what it can do is left to it, what it cannot is added here.

Added: which number was called, 404 and 486 at once, CANCEL (it answers the CANCEL, never the INVITE), re-INVITE (it
binds its port a second time), a Contact with parameters (its BYE goes astray), a port that is taken, an even pace, and
G.711 A-law (it encodes that as u-law). It never calls: that is broken (see ``lab/README.md``).
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyVoIP

from pyVoIP.VoIP import CallState, PhoneStatus, VoIPPhone  # isort: skip  (pyVoIP.SIP cannot be imported first)
from pyVoIP.RTP import PayloadType, TransmitType
from pyVoIP.SIP import SIPMessageType

from gateway.correspondent.numbers import LAB_NUMBERS, Service
from gateway.correspondent.pace import REDUCTION, Paced
from gateway.correspondent.timekeeper import Timekeeper, local_time
from gateway.correspondent.voices import Clock, Echo, Tape, Voice, load

logger = logging.getLogger(__name__)

ANNOUNCEMENTS = Path(__file__).parent / "announcements"
"""spoken by espeak-ng 1.51 and made 8-bit at 8 kHz by sox; ours, CC0"""

RING_S, TALK_S = 240.0, 3600.0
"""no call rings or talks longer"""

BIND_ATTEMPTS = 20
POLL_S = 0.05
URI = re.compile(r"<\s*([^>]*?)\s*>")
USER = re.compile(r"(?:sips?|tel):(?:([^@;>]*)@|([^@;>]*))", re.IGNORECASE)
FORMATS = {0: PayloadType.PCMU, 8: PayloadType.PCMA}
OUR_DIRECTION = {TransmitType.SENDONLY: TransmitType.RECVONLY, TransmitType.RECVONLY: TransmitType.SENDONLY}


@dataclass(frozen=True)
class CorrespondentSettings:
    server: str
    """IPv4 address of the exchange"""
    port: int
    user: str
    password: str = field(repr=False)
    host: str
    """IPv4 address of ours"""
    sip_port: int
    """UDP"""
    rtp_ports: tuple[int, int]
    """first and last"""
    language: str = "fr"
    """of announcement and clock: de, en, es, fr"""


class LabPhone:
    """A subscriber that answers every lab number in its way."""

    def __init__(self, settings: CorrespondentSettings) -> None:
        pyVoIP.TRANSMIT_DELAY_REDUCTION = REDUCTION
        self._settings = settings
        self.phone = VoIPPhone(
            settings.server,
            settings.port,
            settings.user,
            settings.password,
            myIP=settings.host,
            callCallback=self._serve,
            sipPort=settings.sip_port,
            rtpPortLow=settings.rtp_ports[0],
            rtpPortHigh=settings.rtp_ports[1],
        )
        self.phone.sip.callCallback = self.heard
        self._tape = load(announcement(settings.language))

    @property
    def registered(self) -> bool:
        return bool(self.phone.get_status() is PhoneStatus.REGISTERED)

    @property
    def failed(self) -> bool:
        return bool(self.phone.get_status() is PhoneStatus.FAILED)

    def start(self) -> None:
        """Register, and answer from now on. :raises OSError: when the SIP port is taken."""
        self.phone.start()

    def stop(self) -> None:
        """Hang up and leave the exchange."""
        self.phone.stop()

    # ------------------------------------------------------------ signalling, in pyVoIP's SIP thread

    def heard(self, message: Any) -> None:
        """What its SIP client has received: some for us, the rest for its phone."""
        if message.type != SIPMessageType.MESSAGE:
            self.phone.callback(message)
            return
        known = self.phone.calls.get(message.headers["Call-ID"])
        match message.method:
            case "INVITE" if known is None:
                self._invited(message)
            case "INVITE":
                self._invited_again(known, message)
            case "CANCEL" if known is not None and known.state is CallState.RINGING:
                known.state = CallState.ENDED
                self._refuse(known.request, 487, "Request Terminated")
            case _:
                self.phone.callback(message)

    def _invited(self, invite: Any) -> None:
        number = dialled(invite.heading.decode(errors="replace"), invite.headers)
        service = LAB_NUMBERS.get(number, Service.NOT_IN_SERVICE)
        logger.info("call to %s: %s", number, service)
        invite.headers["Contact"] = bare_contact(str(invite.headers.get("Contact", "")))
        if service is Service.NOT_IN_SERVICE:
            self._refuse(invite, 404, "Not Found")
        elif service is Service.BUSY:
            self._refuse(invite, 486, "Busy Here")
        elif not is_acceptable(invite.body):
            self._refuse(invite, 488, "Not Acceptable Here")
        else:
            self.phone.callback(invite)

    def _invited_again(self, call: Any, invite: Any) -> None:
        """Hold, resume, another address: the same ports and codecs again (:rfc:`3264#section-8`)."""
        if call.state is not CallState.ANSWERED:
            return  # a repetition
        offered = invite.body.get("a", {}).get("transmit_type", TransmitType.SENDRECV)
        ports = {client.inPort: client.assoc for client in call.RTPClients}
        self._send(self.phone.sip.gen_answer(invite, call.session_id, ports, OUR_DIRECTION.get(offered, offered)))
        if is_acceptable(invite.body):
            for client in call.RTPClients:
                client.outIP = invite.body["c"][0]["address"]
                client.outPort = invite.body["m"][0]["port"]

    def _refuse(self, invite: Any, status: int, phrase: str) -> None:
        text = self.phone.sip.gen_busy(invite).replace("486 Busy Here", f"{status} {phrase}", 1)
        self._send(re.sub(r"Warning: [^\r]*\r\n", "", text))

    def _send(self, text: str) -> None:
        self.phone.sip.out.sendto(text.encode(), (self._settings.server, self._settings.port))

    # ------------------------------------------------------------ one call, in a thread of its own

    def _serve(self, call: Any) -> None:
        number = dialled(call.request.heading.decode(errors="replace"), call.request.headers)
        service = LAB_NUMBERS.get(number, Service.NOT_IN_SERVICE)
        ports = [client.inPort for client in call.RTPClients]
        try:
            if service is Service.NO_ANSWER:
                _wait_while(call, CallState.RINGING, RING_S)
            else:
                self._talk(call, service)
        finally:
            self.phone.calls.pop(call.call_id, None)
            for port in {*ports, *(client.inPort for client in call.RTPClients)} & set(self.phone.assignedPorts):
                self.phone.assignedPorts.remove(port)
        logger.info("call to %s is over", number)

    def _talk(self, call: Any, service: Service) -> None:
        client = call.RTPClients[0]
        voice = self._voice(service, client)
        client.pmout = Paced(voice)  # its transmitter reads from here
        choose_codec(client)
        if not self._answer(call):
            return
        timekeeper = Timekeeper(voice, self._settings.language) if isinstance(voice, Clock) else None
        _wait_while(call, CallState.ANSWERED, TALK_S, voice.over if timekeeper is None else timekeeper.tick)
        if call.state is CallState.ANSWERED:
            call.hangup()

    def _voice(self, service: Service, client: Any) -> Voice:
        match service:
            case Service.ECHO:
                return Echo(client.pmin, lambda: len(client.pmin.buffer.getvalue()) - client.pmin.buffer.tell())
            case Service.CLOCK:
                return Clock(local_time())
            case _:
                return Tape(self._tape)

    def _answer(self, call: Any) -> bool:
        """200, with another port when somebody took ours. False when the caller has gone."""
        for _ in range(BIND_ATTEMPTS):
            if call.state is not CallState.RINGING:
                return False
            try:
                call.answer()
            except OSError:
                for client in call.RTPClients:
                    client.sin.close()
                    client.inPort = self.phone.request_port()
            else:
                return True
        self._refuse(call.request, 503, "Service Unavailable")
        return False


def dialled(heading: str, headers: dict[str, Any]) -> str:
    """The number that was called: what the exchange says, else To, else the Request-URI."""
    texts = [str(headers.get("P-Called-Party-ID", "")), str(headers.get("To", {}).get("address", "")), heading]
    for text, scheme in zip(texts, ("", "sip:", ""), strict=True):
        found = USER.search(scheme + text) if text else None
        if found is not None:
            return found[1] or found[2] or ""
    return ""


def bare_contact(contact: str) -> str:
    """The URI alone."""
    found = URI.search(contact)
    return found[1] if found else contact.partition(";")[0].strip()


def is_acceptable(body: dict[str, Any]) -> bool:
    """One audio line with G.711 and one address: pyVoIP ends badly with anything else."""
    audio = [media for media in body.get("m", []) if media["type"] == "audio" and media["port"]]
    if len(body.get("m", [])) != 1 or len(body.get("c", [])) != 1 or not audio:
        return False
    return bool({str(number) for number in FORMATS} & set(audio[0]["methods"]))


def announcement(language: str) -> Path:
    """The recording in that language, else in English."""
    recording = ANNOUNCEMENTS / f"{language}.wav"
    return recording if recording.exists() else ANNOUNCEMENTS / "en.wav"


def choose_codec(client: Any) -> None:
    """u-law where it may, for pyVoIP sends u-law whatever was agreed; else A-law by its own, unused, encoder."""
    codecs = list(client.assoc.values())
    if PayloadType.PCMU in codecs:
        client.preference = PayloadType.PCMU
    elif PayloadType.PCMA in codecs:
        client.preference = PayloadType.PCMA
        client.encode_packet = client.encode_pcma


def _wait_while(call: Any, state: Any, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
    end = time.monotonic() + seconds
    while call.state is state and time.monotonic() < end and not done():
        time.sleep(POLL_S)
