import pytest

from gateway.sip.transport.certificate import fault_of, identities

CN = {"subject": ((("organizationName", "Lab"),), (("commonName", "lab.example"),))}


def of(*names: tuple[str, str]) -> dict[str, object]:
    return {**CN, "subjectAltName": names}


def test_the_domain_of_a_sip_uri_counts_before_names() -> None:
    both = of(("DNS", "host.example"), ("URI", "sip:Lab.Example"), ("URI", "https://other.example/"))
    assert identities(both) == ["lab.example"]
    assert fault_of(both, "host.example") == "its certificate is for lab.example, not for host.example"


def test_a_uri_of_a_person_is_no_domain() -> None:
    assert identities(of(("URI", "sip:ann@lab.example"), ("DNS", "host.example"))) == ["host.example"]


@pytest.mark.parametrize(
    ("names", "domain"),
    [
        ((("DNS", "Lab.Example"),), "lab.example"),
        ((("DNS", "lab.example"),), "lab.example."),
        ((("URI", "sips:lab.example"),), "LAB.example"),
        ((("DNS", "x"), ("IP Address", "127.0.0.1")), "127.0.0.1"),
        ((("IP Address", "2001:DB8:0:0:0:0:0:1"),), "2001:db8::1"),
    ],
)
def test_a_certificate_is_for_whom_it_names(names: tuple[tuple[str, str], ...], domain: str) -> None:
    assert fault_of(of(*names), domain) == ""


@pytest.mark.parametrize(
    ("names", "domain"),
    [
        ((("DNS", "*.lab.example"),), "sip.lab.example"),
        ((("DNS", "lab.example"),), "sip.lab.example"),
        ((("DNS", "127.0.0.1"),), "127.0.0.2"),
        ((("email", "ann@lab.example"),), "lab.example"),
    ],
)
def test_it_is_for_nobody_else(names: tuple[tuple[str, str], ...], domain: str) -> None:
    assert fault_of(of(*names), domain)


def test_a_common_name_counts_where_there_is_no_other() -> None:
    assert fault_of(CN, "lab.example") == ""
    assert fault_of(CN, "other.example") == "its certificate is for lab.example, not for other.example"
    assert fault_of({}, "lab.example") == "its certificate is for nobody, not for lab.example"
