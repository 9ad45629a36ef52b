"""All accounts of one agent: how many, by which way, and who is answered."""

import random

import pytest
from sipmessage import Request

from gateway.sip.agent import Account
from gateway.sip.core import Core
from gateway.sip.events import Ended, MessageReceived, Registered, RegistrationFailed, Unregistered
from gateway.sip.registration.digest import DigestClient
from gateway.sip.registration.registrations import Registrations
from gateway.sip.registration.turns import TURN_S
from gateway.sip.settings import AgentSettings
from gateway.sip.transport.flow import Flow
from tests.sip.lab import Lab
from tests.sip.messages import read
from tests.sip.pair import ANN, agent, media
from tests.sip.registrar import REGISTRAR, Registrar
from tests.sip.scripted import Scripted, response
from tests.sip.wire import Wire

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


# ---------------------------------------------------------------- one after the other


class Crowd:
    """Many phones of one agent, two of which may register at once."""

    def __init__(self, count: int) -> None:
        self.wire, self.agent = Wire(), agent(ANN, registering=2)
        self.wire.attach("crowd", ANN, self.agent)
        host, port = REGISTRAR
        self.accounts = [
            Account(f"sip:p{n}@lab.example", f"sip:{host}:{port}", password="secret", expires_s=100)
            for n in range(count)
        ]
        self.registrar = Registrar({account.name: "secret" for account in self.accounts})

    def register(self) -> None:
        for account in self.accounts:
            self.agent.register(account, self.wire.now)

    @property
    def under_way(self) -> list[str]:
        """Who sent a REGISTER now."""
        return [account_of(read(each.data)) for each in self.agent.datagrams_to_send()]


def account_of(request: object) -> str:
    assert isinstance(request, Request) and request.method == "REGISTER"
    return request.headers["To"].partition("@")[0].removeprefix("<sip:")


def test_a_crowd_registers_a_few_at_a_time_in_order_and_so_it_is_refreshed_and_leaves() -> None:
    crowd = Crowd(5)
    crowd.wire.attach("registrar", REGISTRAR, crowd.registrar)
    crowd.register()
    crowd.wire.run(1)
    assert [event.account for event in crowd.wire.told("crowd", Registered)] == crowd.accounts
    assert len(crowd.registrar.bindings) == 5
    crowd.wire.run(95)
    assert len(crowd.wire.told("crowd", Registered)) == 10, "each is refreshed"
    crowd.agent.close(crowd.wire.now)
    crowd.wire.run(1)
    assert len(crowd.wire.told("crowd", Unregistered)) == 5
    assert crowd.agent.closed


def test_no_more_than_a_few_are_under_way() -> None:
    crowd = Crowd(5)
    crowd.register()
    assert crowd.under_way == ["p0", "p1"], "no avalanche falls on the registrar"


def test_refreshes_that_come_due_together_wait_for_each_other_too() -> None:
    crowd = Crowd(4)
    crowd.wire.attach("registrar", REGISTRAR, crowd.registrar)
    crowd.register()
    crowd.wire.run(1)
    crowd.wire.detach(REGISTRAR)
    crowd.agent.handle_timer(crowd.wire.now + 95)
    assert len(crowd.under_way) == 2


def test_a_silent_registrar_does_not_keep_those_of_another_waiting() -> None:
    crowd, backup = Crowd(2), ("192.0.2.6", 5060)
    crowd.wire.attach("other", backup, Registrar({"z": "secret"}, backup))
    crowd.register()
    other = Account("sip:z@lab.example", f"sip:{backup[0]}", password="secret")
    crowd.agent.register(other, crowd.wire.now)
    crowd.wire.run(TURN_S + 0.1)
    assert [event.account for event in crowd.wire.told("crowd", Registered)] == [other]


def test_who_leaves_before_his_turn_is_gone_without_a_word() -> None:
    crowd = Crowd(3)
    crowd.register()
    assert crowd.under_way == ["p0", "p1"]
    crowd.agent.unregister(crowd.accounts[2], crowd.wire.now)
    crowd.wire.run(60)
    assert [event.account for event in crowd.wire.told("crowd", Unregistered)] == crowd.accounts[2:]


def test_who_leaves_while_his_refresh_waits_takes_his_binding_away() -> None:
    crowd = Crowd(3)
    crowd.wire.attach("registrar", REGISTRAR, crowd.registrar)
    crowd.register()
    crowd.wire.run(1)
    for account in crowd.accounts:
        crowd.agent.register(account, crowd.wire.now)
    crowd.agent.unregister(crowd.accounts[2], crowd.wire.now)
    crowd.wire.run(1)
    assert sorted(to.partition("@")[0] for to in crowd.registrar.bindings) == ["<sip:p0", "<sip:p1"]


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


def test_of_two_accounts_of_one_name_the_call_is_for_the_one_whose_registrar_sent_it() -> None:
    far = Scripted()
    here, there = Account("sip:us@a.example", "sip:192.0.2.8"), Account("sip:us@b.example", "sip:192.0.2.9")
    for account in (here, there):
        far.agent.register(account, far.now)
        (register,) = far.sent()
        far.agent.receive_datagram(
            bytes(response(register, 200, more=f"Expires: 300\nContact: {register.headers['Contact']}")),
            far.transmissions[0].flow,
            far.now,
        )
    far.asks("MESSAGE", body="hello", more="Content-Type: text/plain")
    assert far.the(MessageReceived).account == there
