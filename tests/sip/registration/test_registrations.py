"""All accounts of one agent: how many, by which way, and who is answered."""

import random

import pytest
from sipmessage import Request

from gateway.sip.agent import Account
from gateway.sip.core import Core
from gateway.sip.events import Ended, Registered, RegistrationFailed
from gateway.sip.registration.digest import DigestClient
from gateway.sip.registration.registrations import Registrations
from gateway.sip.settings import AgentSettings
from gateway.sip.transport.flow import Flow
from tests.sip.lab import Lab
from tests.sip.messages import read
from tests.sip.pair import ANN, media
from tests.sip.registrar import REGISTRAR, Registrar

PROXY = ("192.0.2.7", 5060)


def test_one_registration_too_many_is_told_and_the_others_do_not_notice() -> None:
    lab = Lab(limits=1)
    lab.register()
    lab.agent.register(Account("sip:bob@lab.example", lab.account.registrar), lab.wire.now)
    lab.wire.run(1)
    failure = lab.wire.the("ann", RegistrationFailed)
    assert (failure.account.name, failure.status, failure.retry_at) == ("bob", 503, None)
    assert failure.reason == "there are 1 registrations already"
    lab.agent.register(lab.account, lab.wire.now)
    lab.wire.run(1)
    assert len(lab.wire.told("ann", Registered)) == 2, "who is registered may say so again"


def test_a_place_that_is_left_is_free_for_the_next() -> None:
    lab = Lab(limits=1)
    lab.register()
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.run(1)
    lab.agent.register(Account("sip:bob@lab.example", lab.account.registrar), lab.wire.now)
    assert lab.statuses == []


@pytest.mark.parametrize("how", [{"registrar": "sips:r"}, {"backup_registrars": ("sip:r;transport=tls",)}])
def test_a_transport_that_is_not_here_is_said(how: dict[str, object]) -> None:
    account = Account(**({"address": "sip:ann@lab.example", "registrar": "sip:r"} | how))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^registrar 'sips?:r.*' wants TLS, which is not here$"):
        Lab().agent.register(account, 0.0)


# ---------------------------------------------------------------- the way


def invite_of(lab: Lab, target: str) -> tuple[Request, Flow]:
    """What goes out when it is called."""
    lab.agent.invite(target, media(ANN), lab.wire.now, lab.account)
    (sent,) = lab.agent.datagrams_to_send()
    request = read(sent.data)
    assert isinstance(request, Request)
    return request, sent.flow


def test_calls_of_the_domain_take_the_service_route_and_others_do_not() -> None:
    lab = Lab()
    lab.registrar.answer_with = {"Service-Route": "<sip:192.0.2.8;lr>, <sip:core.example;lr>"}
    lab.register()
    request, flow = invite_of(lab, "0142")
    assert request.headers.getlist("Route") == ["<sip:192.0.2.8;lr>", "<sip:core.example;lr>"]
    assert str(request.uri) == "sip:0142@lab.example" and flow.host == "192.0.2.8"
    request, flow = invite_of(lab, "sip:bob@192.0.2.2")
    assert request.headers.getlist("Route") == [] and flow.host == "192.0.2.2"


def test_the_service_route_is_that_of_the_last_answer() -> None:
    lab = Lab(expires_s=100)
    lab.registrar.answer_with = {"Service-Route": "<sip:192.0.2.8;lr>"}
    lab.register()
    lab.registrar.answer_with = {}
    lab.wire.run(95)
    assert invite_of(lab, "0142")[0].headers.getlist("Route") == []


def with_proxy() -> tuple[Lab, Registrar]:
    lab = Lab(outbound_proxy=f"sip:{PROXY[0]}")
    proxy = Registrar({"ann": "secret"}, PROXY)  # stands for the proxy and what is behind it
    lab.wire.attach("proxy", PROXY, proxy)
    return lab, proxy


def test_an_outbound_proxy_gets_everything_with_a_route_to_itself() -> None:
    lab, proxy = with_proxy()
    proxy.answer_with = {"Service-Route": "<sip:core.example;lr>"}
    lab.register()
    lab.wire.the("ann", Registered)
    assert [request.headers["Route"] for request in proxy.requests] == ["<sip:192.0.2.7;lr>"] * 2
    assert str(proxy.requests[0].uri) == "sip:lab.example" and lab.requests == []
    request, flow = invite_of(lab, "sip:bob@elsewhere.example")
    assert request.headers.getlist("Route") == ["<sip:192.0.2.7;lr>", "<sip:core.example;lr>"]
    assert flow.host == PROXY[0]


def test_a_service_route_that_begins_at_our_proxy_names_it_once() -> None:
    lab, proxy = with_proxy()
    proxy.answer_with = {"Service-Route": "<sip:192.0.2.7:5060;lr;x>, <sip:core.example;lr>"}
    lab.register()
    request, _ = invite_of(lab, "0142")
    assert request.headers.getlist("Route") == ["<sip:192.0.2.7:5060;lr;x>", "<sip:core.example;lr>"]


def test_calls_go_to_the_registrar_that_took_us() -> None:
    lab = Lab(backup_registrars=("sip:192.0.2.6",))
    lab.wire.attach("backup", ("192.0.2.6", 5060), Registrar({"ann": "secret"}, ("192.0.2.6", 5060)))
    lab.registrar.refuse_with = [(503, {})]
    lab.register()
    assert invite_of(lab, "0142")[1].host == "192.0.2.6"


# ---------------------------------------------------------------- who is answered


def test_a_call_by_the_registrar_answers_its_challenge() -> None:
    lab = Lab()
    lab.register()
    lab.agent.invite("0142", media(ANN), lab.wire.now, lab.account)
    lab.wire.run(1)
    assert lab.wire.the("ann", Ended).status == 404, "the challenge was passed"


def called_from(source: str, **how: tuple[str, ...]) -> DigestClient | None:
    """Who answers challenges in the dialog of a call to us."""
    core = Core(AgentSettings({"UDP": ANN}), random.Random(1))
    registrations = Registrations(core)
    registration = registrations.register(Account("sip:ann@lab.example", "sip:192.0.2.5", **how), 0.0)  # type: ignore[arg-type]
    assert registration is not None
    registration.flow = Flow("UDP", *REGISTRAR)
    return registrations.called("ann", Flow("UDP", source, 5060))[1]


def test_in_calls_to_us_only_the_registrar_may_ask_who_we_are() -> None:
    assert called_from(REGISTRAR[0]) is not None
    assert called_from("198.51.100.7") is None
    assert called_from("198.51.100.7", realms=("lab",)) is not None


def test_a_call_to_nobody_we_know_belongs_to_no_account() -> None:
    core = Core(AgentSettings({"UDP": ANN}), random.Random(1))
    assert Registrations(core).called("eve", Flow("UDP", "192.0.2.5", 5060)) == (None, None)
