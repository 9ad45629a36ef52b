"""Where anything can be sent to."""

import pytest

from gateway.rtp.endpoint import reachable


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "127.0.0.1", "voice.example.com"])
@pytest.mark.parametrize("port", [1, 65_535])
def test_hosts_and_ports_are_reachable(host: str, port: int) -> None:
    assert reachable((host, port))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"])
def test_the_unspecified_address_is_a_hold(host: str) -> None:
    assert not reachable((host, 4000))


@pytest.mark.parametrize("port", [-1, 0, 65_536])
def test_a_port_that_there_is_none_of(port: int) -> None:
    assert not reachable(("192.0.2.1", port))
