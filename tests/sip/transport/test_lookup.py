from gateway.sip.records import Address, Answer, Kind, Query
from gateway.sip.transport.lookup import LONGEST_BELIEF, MOST_ANSWERS, SHORTEST_BELIEF, Known, Lookups

QUERY = Query(Kind.A, "lab.example")
HERE = (Address("192.0.2.1"),)


def test_what_two_want_to_know_is_asked_once() -> None:
    lookups = Lookups()
    for name in ("ann", "bob", "ann"):
        lookups.ask(QUERY, name)
    assert lookups.queries() == [QUERY]
    assert lookups.queries() == []
    lookups.ask(QUERY, "carl")
    assert lookups.queries() == []
    assert lookups.receive(QUERY, Answer(HERE), 0.0) == ["ann", "bob", "carl"]
    assert lookups.receive(QUERY, Answer(HERE), 0.0) == []
    lookups.ask(QUERY, "ann")
    assert lookups.queries() == [QUERY]


def test_an_answer_is_believed_as_long_as_it_says_within_reason() -> None:
    for ttl, belief in ((100.0, 100.0), (0.0, SHORTEST_BELIEF), (1e9, LONGEST_BELIEF)):
        lookups = Lookups()
        lookups.receive(QUERY, Answer(HERE, ttl), 10.0)
        assert lookups.known(QUERY, 10.0 + belief - 0.1) == Answer(HERE, ttl)
        assert lookups.known(QUERY, 10.0 + belief) is None


def test_a_fault_is_soon_forgotten() -> None:
    lookups = Lookups()
    lookups.receive(QUERY, Answer(ttl_s=1000.0, fault="the name servers do not answer"), 0.0)
    assert lookups.known(QUERY, SHORTEST_BELIEF - 0.1) is not None and lookups.known(QUERY, SHORTEST_BELIEF) is None


def test_answers_are_not_kept_without_end() -> None:
    lookups = Lookups()
    for number in range(MOST_ANSWERS + 1):
        lookups.receive(Query(Kind.A, f"h{number}"), Answer(HERE), 0.0)
    assert lookups.known(Query(Kind.A, "h0"), 0.0) is None
    assert lookups.known(Query(Kind.A, f"h{MOST_ANSWERS}"), 0.0) is not None


def test_one_search_sees_the_same_to_its_end() -> None:
    lookups, told = Lookups(), dict[Query, Answer]()
    lookups.receive(QUERY, Answer(HERE, 5.0), 0.0)
    assert Known(lookups, told, 4.0).get(QUERY) == Answer(HERE, 5.0)
    assert Known(lookups, told, 6.0).get(QUERY) == Answer(HERE, 5.0)
    assert Known(lookups, {}, 6.0).get(QUERY) is None
