"""What the cost bench makes of its steps; the steps themselves are measured by ``make bench``."""

from collections import Counter
from pathlib import Path

import pytest

from tests.bench.cost import Capacity, Limits, Ratio, Step, further
from tests.bench.curve import Point, draw
from tests.bench.sampling import library, shares_of


def step(phones: int = 4, cpu: float = 0.2, delivered: float = 1.0, late: float = 1.0, robbed: float = 0.0) -> Step:
    return Step("ours", phones, cpu, delivered, late, robbed=robbed)


def climbed(capacity: int, first: int = 4, cost: float = 0.0) -> list[int]:
    """The steps of a climb where so many phones fill the core, and each beyond the first costs less by `cost`."""
    done: list[Step] = []
    while (phones := further(done, first)) is not None:
        done.append(step(phones, 0.95 * phones / capacity + (cost if phones < capacity / 2 else 0.0)))
    return [each.phones for each in done]


def test_what_a_phone_costs_is_told_of_one_core() -> None:
    assert step(4, 0.2).percent_per_phone == pytest.approx(5.0)


def test_frames_lateness_and_cpu_each_end_the_climb() -> None:
    assert step().excess == ""
    assert step(delivered=0.98).excess == "2.0% of a leg's frames missing"
    assert step(late=5.1).excess == "the bridge 5.1 ms late"
    assert step(cpu=0.96).excess == "96% of the core"
    assert Step("ours", 4, 0.2, 1.0, 1.0, skipped=1).excess != ""


def test_a_core_that_something_else_has_says_nothing_of_lateness() -> None:
    assert step(late=50.0, robbed=0.2).excess == ""
    assert step(delivered=0.5, robbed=0.2).excess != ""
    assert "something else had the core" in str(step(robbed=0.2))


@pytest.mark.parametrize("capacity", [5, 11, 33, 60, 150, 400])
@pytest.mark.parametrize("cost", [0.0, 0.1])
def test_the_climb_finds_how_many_fill_the_core_within_a_twentieth(capacity: int, cost: float) -> None:
    steps = climbed(capacity, cost=cost)
    assert steps[-2] <= capacity < steps[-1]
    assert steps[-1] - capacity <= max(1, capacity / 20)
    assert len(steps) <= 14


def test_the_climb_only_ever_adds_phones() -> None:
    steps = climbed(150, 16)
    assert steps[0] == 16
    assert steps == sorted(set(steps))


def test_the_rows_read_well() -> None:
    assert str(step(4, 0.2)) == (
        "ours      4 phones    5.00 % of a core each  delivered 100.0%  bridge late p99   1.00 ms"
    )
    assert str(Capacity("files", 160, 0.6, "96% of the core at 168", 700.0, 150)) == (
        "files   160 phones per core, 0.60 % each, 700 kB each; then: 96% of the core at 168 (wanted 150)"
    )
    assert str(Ratio(3.2)) == "ours / stock: 3.2 times the phones per core, wanted at least 3.0"
    assert str(Limits("ours", 30, {"libopus": 0.4, "numpy": 0.004}, {"opus.encode": 0.38})) == (
        "what limits ours at 30 phones: libopus 40%\n       functions: opus.encode 38%"
    )


def test_a_sample_belongs_to_the_library_that_was_called() -> None:
    assert library("/x/gateway/codecs/opus.py", "size = self._library.opus_encode(") == "libopus"
    assert library("/x/site-packages/pylibsrtp/__init__.py", "") == "libsrtp"
    assert library("/x/gateway/legs/udp.py", "self._socket.sendto(data, to)") == "sockets"
    assert library("/x/gateway/rtp/playout.py", "np.concatenate((a, b))") == "numpy"
    assert library("/x/gateway/rtp/playout.py", "if position in self._held:") == "interpreter"


def test_shares_add_up_with_those_of_other_threads() -> None:
    places = Counter({("/x/gateway/legs/udp.py", "UdpSocket.send", 1): 3, ("/x/gateway/rtp/path.py", "f", 1): 1})
    shares = shares_of(places, 0.8)
    assert shares == pytest.approx({"sockets": 0.6, "other threads": 0.2, "interpreter": 0.2})
    assert list(shares)[0] == "sockets"


def test_the_curve_is_a_picture(tmp_path: Path) -> None:
    picture = draw({"ours": [Point(4, 5.0, True), Point(31, 3.1, True), Point(33, 3.0, False)]}, tmp_path / "cost.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
