"""An exchange with two subscribers."""

import pytest

from tests.exchange.network import Network, Phone


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def alice(network: Network) -> Phone:
    return network.phone("alice", 6010)


@pytest.fixture
def bob(network: Network) -> Phone:
    return network.phone("bob", 6020)
