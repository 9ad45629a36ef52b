"""Whatever bytes come, nothing is raised and the call goes on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rtp import rtcp
from gateway.rtp.packet import PacketFault, RtpPacket
from gateway.rtp.playout import Playout
from tests.rtp.ear import Linear
from tests.rtp.line import THERE, THERE_RTCP, session

FEW = settings(derandomize=True, max_examples=15, deadline=None)

HEADERS = st.builds(
    lambda first, second, rest: bytes([first, second]) + rest,
    st.sampled_from([0x80, 0x81, 0x90, 0xA0, 0xB3, 0x8F]),
    st.sampled_from([0x00, 0x80, 0x08, 0x0D, 0x65, 0xC8, 0xC9, 0xCA, 0xCB]),
    st.binary(max_size=60),
)


@FEW
@given(st.lists(st.one_of(st.binary(max_size=80), HEADERS), max_size=8))
def test_junk_on_the_rtp_port_never_raises(datagrams: list[bytes]) -> None:
    one = session()
    for n, data in enumerate(datagrams):
        one.receive_rtp(data, THERE, 0.02 * n)
        assert len(one.pull(0.02 * n)) == 320
    counted = one.figures
    assert counted.junk + counted.unknown + counted.strangers + counted.received >= len(datagrams)


@FEW
@given(st.lists(st.one_of(st.binary(max_size=80), HEADERS), max_size=8))
def test_junk_on_the_rtcp_port_never_raises(datagrams: list[bytes]) -> None:
    one = session()
    one.receive_rtp(bytes(RtpPacket(0, 1, 160, 5, bytes(160))), THERE, 0.0)
    for n, data in enumerate(datagrams):
        one.receive_rtcp(data, THERE_RTCP, 0.02 * n)
    one.handle_timer(100.0)
    assert rtcp.parse(one.rtcp_to_send()[0][0])


@FEW
@given(HEADERS)
def test_what_parses_is_written_and_parses_again(data: bytes) -> None:
    try:
        packet = RtpPacket.parse(data)
    except PacketFault:
        return
    assert RtpPacket.parse(bytes(packet)) == packet


@FEW
@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xFFFF),
            st.integers(0, 0xFFFFFFFF),
            st.sampled_from([b"", b"odd", bytes(320), bytes(2), bytes(4000)]),
            st.integers(0, 30),
        ),
        max_size=12,
    )
)
def test_any_packets_at_any_time_give_20_ms_a_pull(packets: list[tuple[int, int, bytes, int]]) -> None:
    playout, now = Playout(Linear(), 8000), 0.0
    for sequence, timestamp, payload, pulls in packets:
        playout.receive(sequence, timestamp, payload, now)
        for _ in range(pulls):
            now += 0.02
            assert len(playout.pull(now)) == 160
    assert playout.figures.held <= 150
