"""``python -m gateway.correspondent``: the process in which pyVoIP lives.

The password comes from ``NEORETRO_CORRESPONDENT_PASSWORD``, or is the first line of stdin; then the end of stdin ends
the process, so that it never outlives who started it. On stdout it says ``registered as
sip:USER@HOST:PORT`` when it is.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import threading

from gateway.correspondent.phone import CorrespondentSettings, LabPhone

PASSWORD = "NEORETRO_CORRESPONDENT_PASSWORD"

REGISTER_S = 20.0
"""how long the exchange may take to accept us"""

LEAVE_S = 2.0
"""how long it may take to leave it"""

RTP_PORTS = 2000


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 when it was stopped, 2 for bad usage or a port in use, 3 when the exchange refuses or is silent."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = _arguments(arguments)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    settings = _settings(options, _password(stopped))
    try:
        phone = LabPhone(settings)
        phone.start()
    except OSError as fault:
        return _say(2, f"UDP {settings.host}:{settings.sip_port}: {fault.strerror}")
    waited = 0.0
    while not (phone.registered or phone.failed or stopped.is_set()) and waited < REGISTER_S:
        stopped.wait(0.05)
        waited += 0.05
    if not phone.registered and not stopped.is_set():
        return _say(3, f"{options.user} is not registered at {options.server}: refused, or no answer")
    _say(0, f"registered as sip:{settings.user}@{settings.host}:{settings.sip_port}")
    while not stopped.wait(0.5):
        if phone.failed:
            return _say(3, f"{options.user} is no longer registered at {options.server}")
    # pyVoIP waits half a minute for an exchange that is gone
    leaving = threading.Thread(target=phone.stop, daemon=True)
    leaving.start()
    leaving.join(LEAVE_S)
    return 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gateway.correspondent", description="Answers the lab's numbers.")
    parser.add_argument("--server", required=True, metavar="HOST:PORT", help="the exchange; IPv4, UDP")
    parser.add_argument("--user", default="correspondent", help="subscriber to register as (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="our IPv4 address (%(default)s)")
    parser.add_argument("--sip-port", type=int, default=0, metavar="N", help="our UDP port (a free one)")
    parser.add_argument("--rtp-port", type=int, default=42_000, metavar="N", help=f"first of {RTP_PORTS} (%(default)s)")
    parser.add_argument("--language", default="fr", help="of announcement and clock: de, en, es, fr (%(default)s)")
    options = parser.parse_args(arguments)
    host, _, port = options.server.rpartition(":")
    if not host or not port.isdecimal():
        parser.error(f"--server: found {options.server!r}, expected HOST:PORT")
    options.server_host, options.server_port = host, int(port)
    return options


def _settings(options: argparse.Namespace, password: str) -> CorrespondentSettings:
    return CorrespondentSettings(
        server=options.server_host,
        port=options.server_port,
        user=options.user,
        password=password,
        host=options.host,
        sip_port=options.sip_port or _free_port(options.host),
        rtp_ports=(options.rtp_port, options.rtp_port + RTP_PORTS - 1),
        language=options.language,
    )


def _password(stopped: threading.Event) -> str:
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    password = sys.stdin.readline().rstrip("\n")

    def watch() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=watch, daemon=True, name="stdin").start()
    return password


def _free_port(host: str) -> int:
    """A port for pyVoIP, which has to know it before it binds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _say(code: int, sentence: str) -> int:
    (sys.stderr if code else sys.stdout).write(sentence + "\n")
    (sys.stderr if code else sys.stdout).flush()
    return code


if __name__ == "__main__":
    # pyVoIP's threads do not end by themselves: the process does
    code = main()
    sys.stdout.flush()
    os._exit(code)
