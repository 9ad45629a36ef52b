"""What gateway/legs/ice.py takes from the inside of aioice is still there and still means the same.

An upgrade that fails here changes how calls find their way: read ice.py with the new sources before going on.
"""

# ruff: noqa: SLF001 - private parts are what this contract is about

import ast
import asyncio
import inspect
import textwrap

import aioice.ice
from aioice import Candidate, Connection
from aioice.ice import StunProtocol


def attributes_of(function: object, name: str) -> set[str]:
    """What a function asks of `self.<name>`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == name
    }


async def test_a_new_connection_has_gathered_nothing_and_has_two_components() -> None:
    connection = Connection(ice_controlling=True, components=2)
    assert connection._protocols == []
    assert connection._local_candidates == []
    assert connection._local_candidates_start is False
    assert connection._local_candidates_end is False
    assert connection._components == {1, 2}
    assert connection._nominated == {}
    assert len(connection.local_username) >= 4
    assert len(connection.local_password) >= 22
    await connection.close()


async def test_gathering_does_what_we_do_in_its_place() -> None:
    """Every name that it sets on itself is one that we set, too."""
    for function, expected in (
        (Connection.gather_candidates, {"_local_candidates_start", "_local_candidates", "_local_candidates_end"}),
        (Connection.get_component_candidates, {"_protocols"}),
    ):
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        targets = [t for node in ast.walk(tree) if isinstance(node, ast.Assign) for t in node.targets]
        targets += [node.target for node in ast.walk(tree) if isinstance(node, ast.AugAssign)]
        own = {t.attr for t in targets if isinstance(t, ast.Attribute) and getattr(t.value, "id", "") == "self"}
        assert own == expected


async def test_connect_asks_for_nothing_but_the_end_of_gathering() -> None:
    connection = Connection(ice_controlling=True)
    connection._local_candidates_start = connection._local_candidates_end = True
    connection.remote_username, connection.remote_password = "abcd", "a" * 22
    await connection.add_remote_candidate(None)
    try:
        await connection.connect()
    except ConnectionError as error:
        assert str(error) == "ICE negotiation failed"
    else:
        raise AssertionError("there is no pair that could work")
    await connection.close()


def test_a_protocol_asks_its_transport_to_send_and_to_close_only() -> None:
    asked = set()
    for name, function in inspect.getmembers(StunProtocol, inspect.isfunction):
        if function.__module__ == aioice.ice.__name__ and name != "connection_made":
            asked |= attributes_of(function, "transport")
    assert asked == {"sendto", "close"}
    source = inspect.getsource(aioice.ice.Connection)
    assert "protocol.transport." not in source.replace("protocol.transport.get_extra_info", "")


async def test_closing_waits_for_connection_lost_and_nothing_else() -> None:
    protocol = StunProtocol(Connection(ice_controlling=True))

    class Transport(asyncio.DatagramTransport):
        def close(self) -> None:
            protocol.connection_lost(None)

    protocol.connection_made(Transport())
    async with asyncio.timeout(1):
        await protocol.close()


def test_a_nominated_pair_says_where_the_far_end_is() -> None:
    assert isinstance(inspect.getattr_static(aioice.ice.CandidatePair, "remote_addr"), property)
    parameters = inspect.signature(aioice.ice.CandidatePair.__init__).parameters
    assert list(parameters) == ["self", "protocol", "remote_candidate"]


def test_consent_is_asked_for_by_itself() -> None:
    assert "query_consent" in inspect.getsource(Connection.connect)
    assert (aioice.ice.CONSENT_FAILURES, aioice.ice.CONSENT_INTERVAL) == (6, 5)


def test_a_candidate_is_written_as_sdp_has_it() -> None:
    candidate = Candidate("ab", 1, "udp", 5, "192.0.2.1", 9, "srflx", "10.0.0.1", 8)
    assert candidate.to_sdp() == "ab 1 udp 5 192.0.2.1 9 typ srflx raddr 10.0.0.1 rport 8"
    assert Candidate.from_sdp(candidate.to_sdp()).to_sdp() == candidate.to_sdp()
