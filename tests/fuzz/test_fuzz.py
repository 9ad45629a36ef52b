"""Every reader takes its seeds, what was found before, and a little that is new, without raising."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"
A_LITTLE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_every_target_has_seeds() -> None:
    assert SEEDS.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_its_seeds_are_taken(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_what_broke_it_once_is_taken(name: str) -> None:
    for path in sorted(FOUND.glob(f"{name}-*.bin")):
        TARGETS[name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_near_its_seeds_is_taken(name: str) -> None:
    @A_LITTLE
    @given(st.one_of(mutated(SEEDS[name]), st.binary(max_size=200)))
    def taken(data: bytes) -> None:
        TARGETS[name](data)

    taken()
