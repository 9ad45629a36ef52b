import pytest

from gateway.sip.account import Account
from gateway.sip.call.target import address_of, read_target
from gateway.sip.settings import AgentSettings
from gateway.sip.transport.flow import Flow

SETTINGS = AgentSettings({"UDP": ("192.0.2.1", 5060), "TCP": ("192.0.2.1", 5060)})
ACCOUNT = Account("sip:ann@lab.example", "sip:192.0.2.5:5062;transport=tcp", display_name='Ann "A"')
REGISTRAR = Flow("TCP", "192.0.2.5", 5062)


def test_a_number_belongs_to_the_domain_of_the_account() -> None:
    target = read_target("+33 142".replace(" ", ""), ACCOUNT, "", SETTINGS)
    assert str(target.uri) == "sip:+33142@lab.example"
    assert target.flow == REGISTRAR
    assert target.caller == '"Ann \\"A\\"" <sip:ann@lab.example>'
    assert target.user == "ann"


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("sip:bob@Lab.Example", REGISTRAR),
        ("sip:bob@lab.example:5099", Flow("UDP", "lab.example", 5099)),
        ("sip:bob@192.0.2.2", Flow("UDP", "192.0.2.2", 5060)),
    ],
)
def test_only_the_own_domain_goes_by_the_registrar(text: str, flow: Flow) -> None:
    assert read_target(text, ACCOUNT, "", SETTINGS).flow == flow


def test_without_an_account_we_are_who_we_say_or_nobody_in_particular() -> None:
    assert read_target("sip:bob@b.example", None, "sip:ann@a.example", SETTINGS).caller == "<sip:ann@a.example>"
    assert read_target("sip:bob@b.example", None, "", SETTINGS).caller == "<sip:phone@192.0.2.1:5060>"


def test_a_number_without_an_account_is_no_target() -> None:
    with pytest.raises(ValueError, match=r"^target must be like sip:user@host:port;transport=tcp, not '0142'$"):
        read_target("0142", None, "", SETTINGS)


def test_a_caller_that_is_none_is_said() -> None:
    with pytest.raises(ValueError, match=r"^caller must be like sip:user@host:port;transport=tcp, not 'ann'$"):
        read_target("sip:bob@b.example", None, "ann", SETTINGS)


def test_our_address_depends_on_the_way() -> None:
    settings = AgentSettings({"UDP": ("2001:db8::1", 5060), "TCP": ("192.0.2.1", 5070)})
    assert address_of(settings, Flow("UDP", "a", 1)) == ("[2001:db8::1]", 5060)
    assert address_of(settings, Flow("TCP", "a", 1)) == ("192.0.2.1", 5070)
    assert address_of(settings, Flow("TLS", "a", 1)) == ("[2001:db8::1]", 5060)
