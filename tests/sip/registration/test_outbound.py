"""One device, its flow to the registrar, and what becomes of it when that breaks or looks different from outside."""

import pytest

from gateway.sip.events import Registered, RegistrationFailed
from gateway.sip.registration.outbound import SETTLED_S, contact_parameters, instance_of
from gateway.sip.registration.registration import RECONNECT_S
from gateway.sip.transport.flow import Flow
from tests.sip.lab import Lab
from tests.sip.registrar import REGISTRAR, Registrar

INSTANCE = "urn:uuid:00000000-0000-1000-8000-aabbccddeeff"
BACKUP = ("192.0.2.6", 5060)
OUTSIDE = ("203.0.113.7", 31_000)


# ---------------------------------------------------------------- the device


def test_an_instance_is_the_same_after_each_start_and_another_on_each_machine_and_for_each_address() -> None:
    ours = instance_of("sip:ann@lab.example", "desk")
    assert ours == instance_of("sip:ann@lab.example", "desk")
    assert len({ours, instance_of("sip:ann@lab.example", "hall"), instance_of("sip:bob@lab.example", "desk")}) == 3
    assert ours.startswith("urn:uuid:") and len(ours) == 45


def test_device_and_flow_stand_in_the_contact_and_are_offered() -> None:
    lab = Lab(instance=INSTANCE)
    lab.register()
    assert contact_parameters(INSTANCE) == f';+sip.instance="<{INSTANCE}>";reg-id=1'
    assert lab.contacts[-1] == f'<sip:ann@192.0.2.1:5060>;+sip.instance="<{INSTANCE}>";reg-id=1;expires=300'
    assert lab.requests[-1].headers["Supported"] == "path, outbound"


def test_without_an_instance_none_is_told() -> None:
    lab = Lab()
    lab.register()
    assert "instance" not in lab.contacts[-1]
    assert lab.requests[-1].headers["Supported"] == "path"


def test_a_first_hop_that_knows_no_flows_is_registered_through_without() -> None:
    lab = Lab(instance=INSTANCE)
    lab.registrar.refuse_with = [(439, {})]
    lab.register()
    assert lab.statuses == []
    assert "reg-id" in lab.contacts[0] and "reg-id" not in lab.contacts[-1]
    lab.wire.the("ann", Registered)


def test_our_binding_is_known_by_its_instance_where_its_address_was_changed() -> None:
    lab = Lab(instance=INSTANCE)
    lab.registrar.answer_with = {
        "Contact": f'<sip:ann@203.0.113.7:31000>;expires=90;+sip.instance="<{INSTANCE}>";reg-id=1, '
        "<sip:ann@198.51.100.3>;expires=20"
    }
    lab.register()
    assert lab.wire.the("ann", Registered).expires_s == 90


# ---------------------------------------------------------------- the address from outside


def test_the_address_seen_from_outside_is_registered_from_the_first_binding_on() -> None:
    lab = Lab()
    lab.registrar.sees = OUTSIDE
    lab.register()
    assert lab.contacts == ["<sip:ann@192.0.2.1:5060>;expires=300", "<sip:ann@203.0.113.7:31000>;expires=300"]
    assert len(lab.wire.told("ann", Registered)) == 1


def test_when_the_address_changes_the_new_one_is_registered_and_the_old_one_taken_away() -> None:
    lab = Lab(expires_s=100)
    lab.register()
    lab.registrar.sees = OUTSIDE
    lab.wire.run(95)
    refresh, moved = lab.contacts[-2:]
    assert refresh == "<sip:ann@192.0.2.1:5060>;expires=100"
    assert moved == "<sip:ann@203.0.113.7:31000>;expires=100, <sip:ann@192.0.2.1:5060>;expires=0"
    lab.wire.run(95)
    assert lab.contacts[-1] == "<sip:ann@203.0.113.7:31000>;expires=100", "once is enough"


def test_an_address_that_changes_with_every_answer_is_not_run_after() -> None:
    lab = Lab(expires_s=300)
    lab.register()
    lab.registrar.sees = OUTSIDE
    for port in range(31_000, 31_020):
        lab.registrar.sees = (OUTSIDE[0], port)
        lab.wire.run(20)
    assert len(lab.requests) < 8


def test_leaving_takes_the_address_away_that_was_registered() -> None:
    lab = Lab()
    lab.registrar.sees = OUTSIDE
    lab.register()
    lab.agent.unregister(lab.account, lab.wire.now)
    lab.wire.run(1)
    assert lab.contacts[-1] == "<sip:ann@203.0.113.7:31000>;expires=0"


# ---------------------------------------------------------------- the flow


def test_a_connection_that_breaks_is_replaced_at_once() -> None:
    lab = Lab(transport="tcp")
    lab.register(SETTLED_S + 1)
    before = len(lab.requests)
    lab.closes()
    lab.wire.run(RECONNECT_S + 0.1)
    assert len(lab.requests) == before + 1
    assert len(lab.wire.told("ann", Registered)) == 2
    assert lab.statuses == []


def test_a_connection_that_breaks_again_and_again_is_replaced_more_and_more_seldom() -> None:
    lab = Lab(transport="tcp", expires_s=3600)
    lab.register()
    pauses = []
    for _ in range(5):
        before, closed_at = len(lab.requests), lab.wire.now
        lab.closes()
        while len(lab.requests) == before:
            lab.wire.run(0.5)
        pauses.append(lab.wire.now - closed_at)
        lab.wire.run(1)
    assert pauses[0] <= RECONNECT_S + 0.5 and pauses[1] >= 30 and pauses[-1] > 4 * pauses[1], pauses


def test_another_connection_that_breaks_is_nothing_to_us() -> None:
    lab = Lab(transport="udp")
    lab.register()
    before = len(lab.requests)
    lab.closes()
    lab.wire.run(60)
    assert len(lab.requests) == before


# ---------------------------------------------------------------- other registrars


class Pair(Lab):
    """A registrar and its backup."""

    def __init__(self) -> None:
        super().__init__(backup_registrars=(f"sip:{BACKUP[0]}",))
        self.backup = Registrar({"ann": "secret"}, BACKUP)
        self.wire.attach("backup", BACKUP, self.backup)


def test_when_the_registrar_is_silent_the_next_one_is_asked_soon() -> None:
    lab = Pair()
    lab.wire.detach(REGISTRAR)
    lab.register(10)
    lab.wire.the("ann", Registered)
    assert lab.statuses == [] and lab.backup.bindings
    lab.wire.run(300)
    assert len(lab.backup.requests) > 2, "the refresh goes where we are registered"


@pytest.mark.parametrize("status", [503])
def test_a_registrar_that_is_overloaded_is_left_for_the_next(status: int) -> None:
    lab = Pair()
    lab.registrar.refuse_with = [(status, {"Retry-After": "60"})]
    lab.register()
    lab.wire.the("ann", Registered)
    assert lab.backup.bindings and not lab.registrar.bindings


def test_a_refusal_is_not_carried_from_one_registrar_to_the_next() -> None:
    lab = Pair()
    lab.registrar.refuse_with = [(403, {})]
    lab.register(5)
    assert lab.statuses == [403] and not lab.backup.requests


def test_when_all_are_silent_we_wait_and_begin_with_the_first() -> None:
    lab = Pair()
    lab.wire.detach(REGISTRAR)
    lab.wire.detach(BACKUP)
    lab.register(45)
    failure = lab.wire.the("ann", RegistrationFailed)
    assert failure.status == 408 and failure.retry_at is not None
    lab.wire.attach("registrar", REGISTRAR, lab.registrar)
    lab.wire.run(61)
    assert lab.registrar.bindings
    lab.wire.the("ann", Registered)


# ---------------------------------------------------------------- signs of life


def test_a_registrar_that_names_a_flow_timer_hears_of_us_within_it() -> None:
    lab = Lab(transport="tcp", expires_s=3600)
    lab.registrar.answer_with = {"Flow-Timer": "60", "Require": "outbound"}
    lab.register(61)
    assert "crlf" in lab.wire.sent("ann")


def test_a_registrar_that_names_none_and_sees_us_as_we_are_is_left_alone() -> None:
    lab = Lab(transport="tcp", expires_s=3600)
    lab.register(500)
    assert "crlf" not in lab.wire.sent("ann")


def test_signs_of_life_are_sent_where_they_are_configured() -> None:
    lab = Lab(transport="tcp", expires_s=3600, keep_alive_s=20.0)
    lab.register(61)
    assert lab.wire.sent("ann").count("crlf") in (3, 4)


def test_an_error_about_a_datagram_is_no_reason_to_register_anew() -> None:
    lab = Lab()
    lab.register()
    before = len(lab.requests)
    lab.agent.transport_failed(Flow("UDP", *REGISTRAR), lab.wire.now, "port unreachable")
    lab.wire.run(60)
    assert len(lab.requests) == before
