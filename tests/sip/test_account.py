import pytest
from sipmessage import URI

from gateway.sip.account import Account
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow


def test_an_account_knows_its_parts() -> None:
    account = Account("sip:ann@lab.example:5070", "sip:192.0.2.5:5062;transport=tcp", password="secret")
    assert (account.name, account.domain, account.login) == ("ann", "lab.example:5070", "ann")
    assert account.flow == Flow("TCP", "192.0.2.5", 5062)
    assert Account("sip:ann@lab.example", "sip:r.example", user="ann-auth").login == "ann-auth"


def test_its_password_is_not_shown() -> None:
    assert "secret" not in repr(Account("sip:ann@lab.example", "sip:r.example", password="secret"))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"address": "ann"}, "account address must be like sip:user@host:port;transport=tcp, not 'ann'"),
        ({"address": "sip:lab"}, "account address must name a user, as in sip:user@domain, not 'sip:lab'"),
        ({"registrar": "192.0.2.5"}, "registrar must be like sip:user@host:port;transport=tcp, not '192.0.2.5'"),
        ({"registrar": "sip:r;transport=ws"}, "registrar: transport must be udp, tcp or tls, not 'ws'"),
        ({"registrar": "sips:r;transport=udp"}, "registrar: sips: goes over tls, not 'udp'"),
        ({"backup_registrars": ("b",)}, "registrar must be like sip:user@host:port;transport=tcp, not 'b'"),
        ({"outbound_proxy": "p"}, "outbound_proxy must be like sip:user@host:port;transport=tcp, not 'p'"),
        (
            {"instance": "mine"},
            "instance must be like urn:uuid:00000000-0000-0000-0000-000000000000, not 'mine'",
        ),
        ({"expires_s": 0}, "expires_s must be at least 1 second, not 0"),
        ({"display_name": "a\r\nb"}, "display_name must be printable, not 'a\\r\\nb'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(how: dict[str, object], sentence: str) -> None:
    parts: dict[str, object] = {"address": "sip:ann@lab.example", "registrar": "sip:r.example"} | how
    with pytest.raises(ValueError) as fault:
        Account(**parts)  # type: ignore[arg-type]
    assert str(fault.value) == sentence


def test_requests_go_to_the_registrar_then_to_its_backups() -> None:
    account = Account("sip:ann@lab.example", "sip:a.example", backup_registrars=("sips:b.example",))
    assert [str(uri) for uri in account.servers] == ["sip:a.example", "sips:b.example"]
    assert account.flow == Flow("UDP", "a.example", 5060)
    assert account.route == ()


@pytest.mark.parametrize("proxy", ["sip:p.example:5070", "sip:p.example:5070;lr"])
def test_with_an_outbound_proxy_everything_goes_there_with_a_loose_route(proxy: str) -> None:
    account = Account("sip:ann@lab.example", "sip:a.example", outbound_proxy=proxy)
    assert [str(uri) for uri in account.servers] == [proxy]
    assert [str(uri) for uri in account.route] == ["sip:p.example:5070;lr"]


def uri(text: str) -> URI:
    found = read_uri(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("called", "home"),
    [
        ("sip:bob@lab.example", True),
        ("sip:bob@LAB.example", True),
        ("sip:bob@192.0.2.5", True),
        ("sip:bob@192.0.2.5:5060", True),
        ("sip:bob@192.0.2.6:5070", True),
        ("sip:bob@192.0.2.5:5061", False),
        ("sip:bob@lab.example:5070", False),
        ("sip:bob@lab.example.evil.example", False),
    ],
)
def test_home_is_the_domain_and_each_of_its_servers(called: str, home: bool) -> None:
    account = Account("sip:ann@lab.example", "sip:192.0.2.5", backup_registrars=("sip:192.0.2.6:5070",))
    assert account.is_at_home(uri(called)) is home
    assert account.answers(uri(called)) is home
    assert Account("sip:ann@lab.example", "sip:192.0.2.5", realms=("r",)).answers(uri(called))
    assert Account("sip:ann@lab.example", "sip:192.0.2.5", outbound_proxy="sip:p").answers(uri(called))
