"""Where subscribers are, and for how long."""

from gateway.exchange.location import Binding, Location
from gateway.sip.transport.flow import Flow


def binding(port: int, expires_at: float = 100.0, q: float = 1.0, connection: int = 0) -> Binding:
    transport = "TCP" if connection else "UDP"
    contact = f"sip:bob@192.0.2.1:{port}" + (";transport=tcp" if connection else "")
    return Binding(
        contact, Flow(transport, "192.0.2.1", 9999 if connection else port, connection), expires_at, "c", "t", 1, q
    )


def ports(location: Location, now: float = 0.0) -> list[int]:
    return [int(b.contact.split(":")[2].partition(";")[0]) for b in location.bindings("bob", now)]


def test_the_preferred_come_first_and_of_equals_the_latest() -> None:
    location = Location()
    for port, q in ((1, 0.5), (2, 1.0), (3, 0.5), (4, 1.0)):
        location.bind("bob", binding(port, q=q), 0.0)
    assert ports(location) == [4, 2, 3, 1]


def test_a_binding_replaces_the_one_of_the_same_contact() -> None:
    location = Location()
    location.bind("bob", binding(1, expires_at=10.0), 0.0)
    location.bind("bob", binding(1, expires_at=20.0), 0.0)
    assert [b.expires_at for b in location.bindings("bob", 0.0)] == [20.0]


def test_what_ran_out_is_gone() -> None:
    location = Location()
    location.bind("bob", binding(1, expires_at=10.0), 0.0)
    assert ports(location, 9.9) == [1] and location.users(9.9) == {"bob"}
    assert ports(location, 10.0) == [] and location.users(10.0) == frozenset()


def test_unbinding_what_is_not_there_is_no_matter() -> None:
    location = Location()
    location.unbind("bob", ["sip:x"])
    location.bind("bob", binding(1), 0.0)
    location.unbind("bob", ["sip:x", "sip:bob@192.0.2.1:1"])
    assert ports(location) == []


def test_a_closed_stream_leaves_the_contact_to_call() -> None:
    location = Location()
    location.bind("bob", binding(5060, connection=7), 0.0)
    location.bind("bob", binding(5061, connection=8), 0.0)
    location.stream_closed(Flow("TCP", "192.0.2.1", 9999, 7))
    flows = {b.contact: b.flow for b in location.bindings("bob", 0.0)}
    assert flows["sip:bob@192.0.2.1:5060;transport=tcp"] == Flow("TCP", "192.0.2.1", 5060)
    assert flows["sip:bob@192.0.2.1:5061;transport=tcp"] == Flow("TCP", "192.0.2.1", 9999, 8)
