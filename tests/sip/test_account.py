import pytest

from gateway.sip.account import Account
from gateway.sip.flow import Flow


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
        ({"registrar": "sip:r;transport=tls"}, "registrar: transport must be udp or tcp, not 'tls'"),
        ({"expires_s": 0}, "expires_s must be at least 1 second, not 0"),
        ({"display_name": "a\r\nb"}, "display_name must be printable, not 'a\\r\\nb'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(how: dict[str, str], sentence: str) -> None:
    parts: dict[str, str] = {"address": "sip:ann@lab.example", "registrar": "sip:r.example"} | how
    with pytest.raises(ValueError) as fault:
        Account(**parts)  # type: ignore[arg-type]
    assert str(fault.value) == sentence
