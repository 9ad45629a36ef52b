import random
from collections import Counter

import pytest

from gateway.sip.records import Address, Answer, Kind, Naptr, Query, Record, Srv
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.locating import MOST_TARGETS, Located, by_weight, locate

Zone = dict[str, list[Record]]
ALL = ("UDP", "TCP", "TLS")
BOTH = (Kind.A, Kind.AAAA)

LAB: Zone = {
    "NAPTR lab.example": [
        Naptr(20, 1, "s", "SIP+D2U", "_sip._udp.lab.example"),
        Naptr(10, 2, "S", "sip+d2t", "_sip._tcp.lab.example"),
        Naptr(10, 1, "s", "SIPS+D2T", "_sips._tcp.lab.example"),
        Naptr(1, 1, "u", "E2U+sip", "whatever.example"),
    ],
    "SRV _sip._udp.lab.example": [Srv(1, 0, 5062, "a.lab.example")],
    "SRV _sip._tcp.lab.example": [Srv(2, 0, 5064, "b.lab.example"), Srv(1, 0, 5063, "a.lab.example")],
    "SRV _sips._tcp.lab.example": [Srv(1, 0, 5065, "a.lab.example")],
    "A a.lab.example": [Address("192.0.2.11")],
    "AAAA a.lab.example": [Address("2001:db8::11")],
    "A b.lab.example": [Address("192.0.2.12")],
    "A lab.example": [Address("192.0.2.10")],
}


def found(
    text: str,
    zone: Zone,
    *,
    transports: tuple[str, ...] = ALL,
    kinds: tuple[Kind, ...] = (Kind.A,),
    secure: bool = False,
) -> tuple[Located, list[str]]:
    """What is located in the end, and what was asked on the way, in rounds."""
    uri = read_uri(text)
    assert uri is not None
    answers: dict[Query, Answer] = {}
    asked: list[str] = []
    for _ in range(10):
        located = locate(uri, transports, kinds, answers, random.Random(1), secure=secure)
        if not located.queries:
            return located, asked
        asked.append(", ".join(map(str, located.queries)))
        for query in located.queries:
            assert query not in answers, "nothing is asked twice"
            answers[query] = Answer(tuple(zone.get(str(query), [])))
    raise AssertionError(asked)


def targets(text: str, zone: Zone = LAB, **how: object) -> list[str]:
    return [f"{flow.transport} {flow.host} {flow.port}" for flow in found(text, zone, **how)[0].targets]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("sip:bob@192.0.2.5", Flow("UDP", "192.0.2.5", 5060)),
        ("sip:bob@192.0.2.5:5070;transport=tcp", Flow("TCP", "192.0.2.5", 5070)),
        ("sip:bob@[2001:db8::5]", Flow("UDP", "2001:db8::5", 5060)),
        ("sip:bob@192.0.2.5;transport=tls", Flow("TLS", "192.0.2.5", 5061, name="192.0.2.5")),
        ("sips:bob@192.0.2.5", Flow("TLS", "192.0.2.5", 5061, name="192.0.2.5")),
        ("sips:bob@192.0.2.5:5070;transport=tcp", Flow("TLS", "192.0.2.5", 5070, name="192.0.2.5")),
        ("sip:bob@lab.example;maddr=192.0.2.6", Flow("UDP", "192.0.2.6", 5060)),
    ],
)
def test_an_address_needs_nothing_looked_up(text: str, flow: Flow) -> None:
    located, asked = found(text, {})
    assert located.targets == (flow,) and not asked


def test_a_port_says_that_there_is_no_service_to_look_up() -> None:
    located, asked = found("sip:bob@lab.example:5080", LAB)
    assert located.targets == (Flow("UDP", "192.0.2.10", 5080),)
    assert asked == ["A lab.example"]
    assert targets("sips:bob@lab.example:5080") == ["TLS 192.0.2.10 5080"]


def test_a_transport_that_is_named_has_its_own_service() -> None:
    located, asked = found("sip:bob@Lab.Example;transport=tcp", LAB)
    assert asked == ["SRV _sip._tcp.lab.example", "A a.lab.example, A b.lab.example"]
    assert [str(flow) for flow in located.targets] == ["TCP 192.0.2.11:5063", "TCP 192.0.2.12:5064"]
    assert targets("sip:bob@lab.example;transport=tls") == ["TLS 192.0.2.11 5065"]


def test_the_server_says_which_transport_it_likes_best() -> None:
    assert targets("sip:bob@lab.example") == [
        "TLS 192.0.2.11 5065",
        "TCP 192.0.2.11 5063",
        "TCP 192.0.2.12 5064",
        "UDP 192.0.2.11 5062",
    ]
    assert targets("sip:bob@lab.example", transports=("UDP",)) == ["UDP 192.0.2.11 5062"]


def test_sips_goes_by_tls_only() -> None:
    assert targets("sips:bob@lab.example") == ["TLS 192.0.2.11 5065"]
    assert targets("sip:bob@lab.example", secure=True) == ["TLS 192.0.2.11 5065"]
    located, _ = found("sips:bob@lab.example", LAB, transports=("UDP", "TCP"))
    assert located.fault == "sips:bob@lab.example wants TLS, which is not here"


def test_the_certificate_is_to_be_for_the_domain_and_not_for_its_server() -> None:
    located, _ = found("sips:bob@lab.example", LAB)
    assert [flow.name for flow in located.targets] == ["lab.example"]


def test_without_naptr_each_service_of_ours_is_asked_for() -> None:
    zone = {name: records for name, records in LAB.items() if not name.startswith("NAPTR")}
    located, asked = found("sip:bob@lab.example", zone, transports=("UDP", "TCP"))
    assert asked[:2] == ["NAPTR lab.example", "SRV _sip._udp.lab.example, SRV _sip._tcp.lab.example"]
    assert [flow.transport for flow in located.targets] == ["UDP", "TCP", "TCP"]


def test_without_any_service_the_host_itself_is_it() -> None:
    zone: Zone = {"A pbx": [Address("192.0.2.20")], "AAAA pbx": [Address("2001:db8::20")]}
    assert targets("sip:bob@pbx", zone, kinds=BOTH) == ["UDP 192.0.2.20 5060", "UDP 2001:db8::20 5060"]
    assert targets("sip:bob@pbx", zone, kinds=BOTH[::-1]) == ["UDP 2001:db8::20 5060", "UDP 192.0.2.20 5060"]
    assert targets("sips:bob@pbx", zone) == ["TLS 192.0.2.20 5061"]
    assert targets("sip:bob@pbx", zone, transports=("TCP",)) == ["TCP 192.0.2.20 5060"]


def test_a_service_that_is_decidedly_not_there_is_not_looked_for_elsewhere() -> None:
    zone: Zone = {"SRV _sip._tcp.lab.example": [Srv(0, 0, 0, "")], "A lab.example": [Address("192.0.2.10")]}
    located, _ = found("sip:bob@lab.example;transport=tcp", zone)
    assert located == Located(fault="lab.example has no address")


def test_a_name_that_nobody_has_is_said() -> None:
    uri = read_uri("sip:bob@nowhere.example:5060")
    assert uri is not None
    answers = {Query(Kind.A, "nowhere.example"): Answer(fault="Name or service not known")}
    located = locate(uri, ALL, (Kind.A,), answers, random.Random(1))
    assert located == Located(fault="nowhere.example: Name or service not known")


def test_a_host_that_is_none_is_not_asked_for() -> None:
    assert found("sip:bob@a..b", LAB) == (Located(fault="'a..b' is no host"), [])
    assert found("sip:bob@lab.example;transport=sctp", LAB)[0].fault.endswith("wants SCTP, which is not here")


def test_a_zone_without_end_is_not_followed_to_it() -> None:
    zone: Zone = {"A many.example": [Address(f"192.0.2.{number}") for number in range(1, 200)]}
    assert len(targets("sip:bob@many.example:5060", zone)) == MOST_TARGETS


def test_nor_are_its_servers_all_looked_up_but_those_it_likes_best() -> None:
    zone: Zone = {
        "NAPTR many.example": [Naptr(n, 0, "s", "SIP+D2U", f"{n}.many.example") for n in range(500, 0, -1)],
        "SRV 1.many.example": [Srv(n, 0, 5060, f"s{n}.many.example") for n in range(500, 0, -1)],
        "A s1.many.example": [Address("192.0.2.1")],
    }
    located, asked = found("sip:bob@many.example", zone, transports=("UDP",))
    questions = ", ".join(asked).split(", ")
    assert [flow.host for flow in located.targets] == ["192.0.2.1"]
    assert len([each for each in questions if each.startswith("SRV")]) <= MOST_TARGETS
    assert len([each for each in questions if each.startswith("A ")]) <= MOST_TARGETS


def test_servers_of_one_priority_share_by_weight() -> None:
    servers = [Srv(1, 10, 1, "little"), Srv(1, 30, 1, "much"), Srv(0, 0, 1, "first"), Srv(2, 100, 1, "last")]
    drawn = random.Random(3)
    orders = [[record.target for record in by_weight(servers, drawn)] for _ in range(2000)]
    assert all(order[0] == "first" and order[-1] == "last" for order in orders)
    share = Counter(order[1] for order in orders)
    assert 0.70 < share["much"] / 2000 < 0.80


def test_a_server_without_weight_has_a_chance_all_the_same() -> None:
    servers = [Srv(1, 0, 1, "none"), Srv(1, 9, 1, "some")]
    drawn = random.Random(4)
    first = Counter(by_weight(servers, drawn)[0].target for _ in range(1000))
    assert 50 < first["none"] < 200
