"""The transaction layer: matching, routing of responses, CANCEL, limits, connections that go away."""

import random

import pytest
from sipmessage import Request

from gateway.sip.settings import Limits
from gateway.sip.syntax.uri import read_uri
from gateway.sip.syntax.via import top_via
from gateway.sip.transaction.transaction import (
    RequestArrived,
    ResponseArrived,
    TransactionEnded,
    TransactionEvent,
    TransactionFailed,
)
from gateway.sip.transaction.transactions import TransactionLayer
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.overload import CallIds
from gateway.sip.transport.stun import answer as stun_answer
from gateway.sip.transport.stun import is_stun, read_binding
from tests.sip.messages import SENT_BY, TCP, UDP, answer, messages, names, read, request, request_bytes


def layer(**limits: int) -> TransactionLayer:
    return TransactionLayer(SENT_BY, random.Random(1), limits=Limits(**limits))


def events(of: TransactionLayer) -> list[TransactionEvent]:
    found = []
    while (event := of.next_event()) is not None:
        found.append(event)
    return found


def our_request(method: str = "INVITE") -> Request:
    made = request(method, from_tag="ours", uri="sip:peer@192.0.2.9")
    made.headers.remove("Via")
    return made


def sent(of: TransactionLayer) -> list[Request]:
    return [message for message in messages(of.datagrams_to_send()) if isinstance(message, Request)]


# ---------------------------------------------------------------- client side


def test_a_request_goes_out_with_our_via_on_top_and_a_branch_of_its_own() -> None:
    ours = layer()
    ours.request(our_request("OPTIONS"), UDP, 0.0)
    ours.request(our_request("OPTIONS"), TCP, 0.0)
    udp, tcp = (top_via(message.headers) for message in sent(ours))
    assert udp is not None and tcp is not None
    assert (udp.transport, udp.host, udp.port) == ("UDP", "192.0.2.1", 5060)
    assert udp.branch.startswith("z9hG4bK")
    assert "rport" in udp.parameters
    assert tcp.transport == "TCP"
    assert tcp.branch != udp.branch


def test_a_response_is_matched_by_branch_and_method() -> None:
    ours = layer()
    key = ours.request(our_request("OPTIONS"), UDP, 0.0)
    response = answer(sent(ours)[0], 200)
    ours.receive_datagram(bytes(response), UDP, 0.1)
    (event,) = events(ours)
    assert isinstance(event, ResponseArrived)
    assert event.transaction == key
    assert event.response.code == 200


def test_a_response_to_nothing_of_ours_is_told_without_a_transaction() -> None:
    ours = layer()
    ours.receive_datagram(bytes(answer(request("OPTIONS"), 200)), UDP, 0.1)
    (event,) = events(ours)
    assert isinstance(event, ResponseArrived)
    assert event.transaction == ""


def test_lost_requests_are_repeated_and_given_up() -> None:
    ours = layer()
    key = ours.request(our_request("OPTIONS"), UDP, 0.0)
    while (at := ours.get_timer()) is not None:
        ours.handle_timer(at)
    assert names(ours.datagrams_to_send()) == ["OPTIONS"] * 11
    assert events(ours) == [TransactionFailed(key, 408, "no answer to OPTIONS"), TransactionEnded(key)]
    assert len(ours) == 0


def test_a_transport_we_do_not_have_is_our_own_fault() -> None:
    with pytest.raises(ValueError, match=r"^no TLS here, only UDP, TCP$"):
        layer().request(our_request(), Flow("TLS", "192.0.2.9", 5061), 0.0)


def test_a_request_is_lost_when_its_connection_closes_before_anybody_reacted() -> None:
    ours = layer()
    key = ours.request(our_request("REGISTER"), Flow("TCP", "192.0.2.9", 5060), 0.0)
    ours.stream_closed(Flow("TCP", "192.0.2.9", 5060, 3), 1.0)
    assert events(ours)[0] == TransactionFailed(key, 503, "TCP 192.0.2.9:5060 closed the connection")


def test_a_ringing_call_survives_its_connection() -> None:
    ours = layer()
    ours.request(our_request(), Flow("TCP", "192.0.2.9", 5060), 0.0)
    ours.receive_stream(bytes(_sized(answer(sent(ours)[0], 180))), Flow("TCP", "192.0.2.9", 5060, 3), 0.1)
    events(ours)
    ours.stream_closed(Flow("TCP", "192.0.2.9", 5060, 3), 1.0)
    assert events(ours) == []


def test_what_cannot_be_sent_fails() -> None:
    ours = layer()
    key = ours.request(our_request(), UDP, 0.0)
    ours.transport_failed(UDP, 0.1, "no route to host")
    assert events(ours) == [TransactionFailed(key, 503, "no route to host"), TransactionEnded(key)]


# ---------------------------------------------------------------- CANCEL


def test_cancel_waits_for_a_provisional_response() -> None:
    ours = layer()
    key = ours.request(our_request(), UDP, 0.0)
    (invite,) = sent(ours)
    assert ours.cancel(key, 0.1)
    assert sent(ours) == []
    ours.receive_datagram(bytes(answer(invite, 100)), UDP, 0.2)
    (cancel,) = sent(ours)
    assert cancel.method == "CANCEL"
    assert cancel.headers["Via"] == invite.headers["Via"]
    assert cancel.headers["CSeq"] == "1 CANCEL"
    assert cancel.headers["To"] == invite.headers["To"]
    assert str(cancel.uri) == str(invite.uri)


def test_cancel_goes_out_at_once_while_it_rings_and_says_why() -> None:
    ours = layer()
    key = ours.request(our_request(), UDP, 0.0)
    (invite,) = sent(ours)
    ours.receive_datagram(bytes(answer(invite, 180)), UDP, 0.2)
    assert ours.cancel(key, 1.0, "SIP;cause=200")
    (cancel,) = sent(ours)
    assert cancel.headers["Reason"] == "SIP;cause=200"
    assert ours.cancel(key, 1.1)  # once more changes nothing but asks again
    events(ours)


def test_no_cancel_once_it_is_decided() -> None:
    ours = layer()
    key = ours.request(our_request(), UDP, 0.0)
    (invite,) = sent(ours)
    ours.cancel(key, 0.1)
    ours.receive_datagram(bytes(answer(invite, 200)), UDP, 0.2)
    assert sent(ours) == []
    assert not ours.cancel(key, 0.3)
    assert not ours.cancel("unknown", 0.3)


def test_a_cancelled_call_that_nobody_ends_is_given_up() -> None:
    ours = layer()
    key = ours.request(our_request(), UDP, 0.0)
    (invite,) = sent(ours)
    ours.receive_datagram(bytes(answer(invite, 180)), UDP, 0.2)
    ours.cancel(key, 1.0)
    events(ours)
    while (at := ours.get_timer()) is not None:
        ours.handle_timer(at)
    assert TransactionFailed(key, 408, "no final response after CANCEL") in events(ours)


def test_the_invite_of_a_cancel_is_found() -> None:
    ours = layer()
    ours.receive_datagram(request_bytes(), UDP, 0.0)
    (invite,) = events(ours)
    assert isinstance(invite, RequestArrived)
    assert ours.invite_of(request("CANCEL")) == invite.transaction
    assert ours.invite_of(request("CANCEL", branch="z9hG4bKother")) is None


# ---------------------------------------------------------------- server side


def test_a_request_is_told_once_and_its_repetition_answered_again() -> None:
    ours = layer()
    ours.receive_datagram(request_bytes("OPTIONS"), UDP, 0.0)
    (event,) = events(ours)
    assert isinstance(event, RequestArrived)
    ours.receive_datagram(request_bytes("OPTIONS"), UDP, 0.1)
    assert ours.respond(event.transaction, answer(event.request, 200), 0.2)
    ours.receive_datagram(request_bytes("OPTIONS"), UDP, 0.3)
    assert names(ours.datagrams_to_send()) == ["200", "200"]
    assert events(ours) == []
    assert not ours.respond(event.transaction, answer(event.request, 200), 0.4)


def test_respond_to_what_is_over_is_refused() -> None:
    assert not layer().respond("unknown", answer(request("OPTIONS"), 200), 0.0)


def test_the_same_branch_from_another_sender_is_another_request() -> None:
    ours = layer()
    ours.receive_datagram(request_bytes("OPTIONS"), UDP, 0.0)
    other = "SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bKpeer1"
    ours.receive_datagram(request_bytes("OPTIONS", via=other), UDP, 0.0)
    assert len(events(ours)) == 2


def test_old_clients_without_a_unique_branch_are_matched_by_what_does_not_change() -> None:
    ours = layer()
    old = "SIP/2.0/UDP 192.0.2.9:5060;branch=1"
    ours.receive_datagram(request_bytes(via=old), UDP, 0.0)
    ours.receive_datagram(request_bytes(via=old), UDP, 0.5)
    (invite,) = events(ours)
    assert isinstance(invite, RequestArrived)
    assert ours.invite_of(request("CANCEL", via=old)) is not None
    ours.respond(invite.transaction, answer(invite.request, 486), 1.0)
    ours.receive_datagram(request_bytes("ACK", via=old, to_tag="far"), UDP, 1.1)
    assert events(ours) == []  # it ended the transaction
    ours.receive_datagram(request_bytes(via=old, cseq=2), UDP, 2.0)
    assert len(events(ours)) == 1


def test_the_ack_of_a_2xx_is_told_without_a_transaction() -> None:
    ours = layer()
    ours.receive_datagram(request_bytes("ACK", branch="z9hG4bKack", to_tag="x"), UDP, 0.0)
    (event,) = events(ours)
    assert isinstance(event, RequestArrived)
    assert event.transaction == ""


@pytest.mark.parametrize(
    ("via", "goes_to"),
    [
        ("SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1", ("192.0.2.9", 5070)),
        ("SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1", ("192.0.2.9", 5060)),
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1", ("192.0.2.9", 5070)),
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport", ("192.0.2.9", 31000)),
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;maddr=192.0.2.50", ("192.0.2.9", 5070)),
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;maddr=255.255.255.255", ("192.0.2.9", 5070)),
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;maddr=::1%a..\u00e9", ("192.0.2.9", 5070)),
        (f"SIP/2.0/UDP {'a' * 80}:5070;branch=z9hG4bK1", ("192.0.2.9", 5070)),
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;received=192.0.2.66", ("192.0.2.9", 5070)),
    ],
)
def test_a_response_goes_where_the_via_and_the_source_say(via: str, goes_to: tuple[str, int]) -> None:
    ours = layer()
    ours.receive_datagram(request_bytes("OPTIONS", via=via), Flow("UDP", "192.0.2.9", 31000), 0.0)
    (event,) = events(ours)
    assert isinstance(event, RequestArrived)
    ours.respond(event.transaction, answer(event.request, 200), 0.0)
    (transmission,) = ours.datagrams_to_send()
    assert (transmission.flow.host, transmission.flow.port) == goes_to


def test_a_response_over_tcp_goes_back_on_the_same_connection_or_to_sent_by_when_that_is_gone() -> None:
    ours = layer()
    ours.receive_stream(request_bytes(transport="TCP"), TCP, 0.0)
    (event,) = events(ours)
    assert isinstance(event, RequestArrived)
    ours.respond(event.transaction, answer(event.request, 180), 0.0)
    ours.stream_closed(TCP, 1.0)
    ours.respond(event.transaction, answer(event.request, 200), 2.0)
    first, second = ours.datagrams_to_send()
    assert first.flow == TCP
    assert second.flow == Flow("TCP", "192.0.2.9", 5060)


def test_a_request_that_came_on_two_paths_is_merged() -> None:
    ours = layer()
    ours.receive_datagram(request_bytes(branch="z9hG4bKone"), UDP, 0.0)
    ours.receive_datagram(request_bytes(branch="z9hG4bKtwo"), UDP, 0.0)
    first, second = events(ours)
    assert isinstance(first, RequestArrived) and isinstance(second, RequestArrived)
    assert not ours.merged(first.transaction)
    assert ours.merged(second.transaction)


@pytest.mark.parametrize("via", ["", ",", ",,", " , "])
def test_a_message_without_any_via_is_dropped(via: str) -> None:
    ours = layer()
    for sound in (request_bytes("OPTIONS"), bytes(answer(request("OPTIONS"), 200))):
        start, _, rest = sound.partition(b"Via: ")
        ours.receive_datagram(start + b"Via: " + via.encode() + rest[rest.index(b"\r\n") :], UDP, 0.0)
    assert events(ours) == [] and ours.datagrams_to_send() == [] and len(ours) == 0


def test_a_faulty_request_is_refused_without_state_and_always_in_the_same_words() -> None:
    ours = layer()
    faulty = request_bytes("OPTIONS").replace(b"CSeq: 1 OPTIONS", b"CSeq: one OPTIONS")
    ours.receive_datagram(faulty, UDP, 0.0)
    ours.receive_datagram(faulty, UDP, 1.0)
    first, second = ours.datagrams_to_send()
    assert first.data == second.data
    assert first.data.startswith(b"SIP/2.0 400 CSeq Cannot Be Read\r\n")
    assert events(ours) == []
    assert len(ours) == 0


def test_above_the_limit_of_transactions_the_peer_is_told_503() -> None:
    ours = layer(transactions=2)
    for number in range(4):
        ours.receive_datagram(request_bytes("OPTIONS", branch=f"z9hG4bK{number}", cseq=number + 1), UDP, 0.0)
    assert len(events(ours)) == 2
    refused = messages(ours.datagrams_to_send())
    assert [message.headers["Retry-After"] for message in refused] == ["5", "5"]
    while (at := ours.get_timer()) is not None:
        ours.handle_timer(at)


def test_calls_that_stand_do_not_notice_that_the_limit_is_reached() -> None:
    limits = Limits(transactions=1)
    ours = TransactionLayer(SENT_BY, random.Random(1), limits=limits, knows=lambda h: h["Call-ID"] == "call-1@peer")
    ours.receive_datagram(request_bytes("OPTIONS", branch="z9hG4bK0"), UDP, 0.0)
    for number in range(1, 4):
        ours.receive_datagram(request_bytes("BYE", branch=f"z9hG4bK{number}", to_tag="ours"), UDP, 0.0)
    assert len(events(ours)) == 2
    assert names(ours.datagrams_to_send()) == ["503", "503"]


def test_a_made_up_tag_takes_nothing_of_what_is_kept_for_the_calls_that_stand() -> None:
    ours = layer(transactions=1)
    ours.receive_datagram(request_bytes("OPTIONS", branch="z9hG4bK0"), UDP, 0.0)
    for number in range(1, 4):
        ours.receive_datagram(request_bytes("BYE", branch=f"z9hG4bK{number}", to_tag="made-up"), UDP, 0.0)
    assert len(events(ours)) == 1 and len(ours) == 1
    assert names(ours.datagrams_to_send()) == ["481", "481", "481"]


def test_a_transaction_that_ended_makes_room() -> None:
    ours = layer(transactions=1)
    for number in range(3):
        ours.receive_datagram(request_bytes("OPTIONS", branch=f"z9hG4bK{number}"), UDP, number * 100.0)
        found = [event for event in events(ours) if isinstance(event, RequestArrived)]
        assert len(found) == 1
        assert not ours.merged(found[0].transaction)
        ours.respond(found[0].transaction, answer(found[0].request, 200), number * 100.0)
        ours.handle_timer(number * 100.0 + 32.0)


def test_a_stream_of_garbage_is_closed_and_the_others_go_on() -> None:
    ours = layer()
    ours.receive_stream(b"\x16\x03\x01\x02\x00\x01", TCP, 0.0)
    (transmission,) = ours.datagrams_to_send()
    assert (transmission.flow, transmission.close) == (TCP, True)
    ours.receive_stream(request_bytes("OPTIONS", transport="TCP"), TCP, 0.1)
    assert events(ours) == []
    other = Flow("TCP", "192.0.2.9", 40001, 8)
    ours.receive_stream(request_bytes("OPTIONS", transport="TCP"), other, 0.2)
    assert len(events(ours)) == 1


def test_streams_that_say_nothing_are_closed_in_time() -> None:
    ours = layer(streams=1)
    ours.receive_stream(b"O", TCP, 0.0)
    assert ours.get_timer() == 30.0
    ours.handle_timer(30.0)
    (transmission,) = ours.datagrams_to_send()
    assert (transmission.flow, transmission.close) == (TCP, True)
    assert ours.get_timer() is None


def test_every_message_is_traced_when_asked_for() -> None:
    ours = TransactionLayer(SENT_BY, random.Random(1), trace=True)
    ours.receive_datagram(request_bytes("OPTIONS"), UDP, 0.5)
    ours.request(our_request("OPTIONS"), UDP, 0.6)
    incoming, outgoing = ours.next_trace(), ours.next_trace()
    assert incoming is not None and outgoing is not None
    assert (incoming.direction, incoming.now, incoming.data) == ("in", 0.5, request_bytes("OPTIONS"))
    assert (outgoing.direction, read(outgoing.data).headers["CSeq"]) == ("out", "1 OPTIONS")
    assert ours.next_trace() is None


def test_an_ack_is_sent_outside_any_transaction_and_can_be_repeated_as_it_was() -> None:
    ours = layer()
    ack = Request("ACK", read_uri("sip:peer@192.0.2.9"))  # type: ignore[arg-type]
    ack.headers = our_request("ACK").headers
    ours.send(ack, UDP, 0.0)
    ours.repeat(ack, UDP, 0.5)
    first, second = ours.datagrams_to_send()
    assert first.data == second.data
    assert len(ours) == 0


def _sized(response: object) -> bytes:
    data = bytes(response)  # type: ignore[call-overload]
    assert isinstance(data, bytes)
    return data.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n", 1)


def test_a_response_on_its_way_to_somebody_else_ends_no_request_of_a_user_agent() -> None:
    for serves, ended in ((False, True), (True, False)):
        ours = layer()
        if serves:
            ours.serve_user_agent(CallIds())
        ours.request(request("OPTIONS"), UDP, 0.0)
        (sent,) = messages(ours.datagrams_to_send())
        twice = answer(sent, 200)  # type: ignore[arg-type]
        twice.headers.add("Via", twice.headers["Via"])
        ours.receive_datagram(bytes(twice), UDP, 0.1)
        assert any(isinstance(event, ResponseArrived) for event in iter(ours.next_event, None)) is ended


def test_what_is_abandoned_leaves_nothing_behind() -> None:
    ours = layer(new_requests_per_s=1)
    ours.serve_user_agent(CallIds())
    abandoned = ours.request(our_request("OPTIONS"), UDP, 0.0)
    ours.abandon(abandoned)
    assert events(ours) == [TransactionEnded(abandoned)] and len(ours) == 0 and ours.get_timer() is None
    ours.receive_datagram(request_bytes("OPTIONS", call_id="another"), UDP, 0.0)  # all that is read in this second
    ours.receive_datagram(request_bytes("ACK"), UDP, 0.0)
    (arrived,) = events(ours)
    assert isinstance(arrived, RequestArrived) and arrived.request.method == "OPTIONS", "its Call-ID opens no door"


def test_a_request_that_will_never_be_answered_makes_room_for_the_next() -> None:
    ours = layer(transactions=1)
    ours.receive_datagram(request_bytes("MESSAGE"), UDP, 0.0)
    (arrived,) = events(ours)
    assert isinstance(arrived, RequestArrived)
    ours.abandon(arrived.transaction)
    assert events(ours) == [TransactionEnded(arrived.transaction)]
    ours.receive_datagram(request_bytes("MESSAGE", branch="z9hG4bKother"), UDP, 40.0)
    assert len(events(ours)) == 1 and ours.datagrams_to_send() == []


def test_a_sign_of_life_is_heard_in_a_flood() -> None:
    ours = layer(new_requests_per_s=1)
    ours.serve_user_agent(CallIds())
    ours.keep_alive.keep("registration", UDP, 0.0, 10.0, answered=True)
    ours.handle_timer(10.0)
    (asked,) = ours.datagrams_to_send()
    for number in range(100):
        ours.receive_datagram(request_bytes("OPTIONS", call_id=f"flood-{number}"), UDP, 10.0)
    ours.datagrams_to_send()
    binding = read_binding(asked.data)
    assert binding is not None
    ours.receive_datagram(stun_answer(binding, ("192.0.2.1", 5060)), UDP, 10.0)
    ours.handle_timer(10.6)
    assert not [sent for sent in ours.datagrams_to_send() if is_stun(sent.data)], "it is not asked again"


def test_a_datagram_that_did_not_get_there_ends_no_signs_of_life() -> None:
    ours = layer()
    ours.keep_alive.keep("registration", UDP, 0.0, 10.0)
    ours.transport_failed(UDP, 1.0, "Connection refused")
    ours.handle_timer(11.0)
    assert [sent.flow for sent in ours.datagrams_to_send()] == [UDP], "the translation on the way forgets us else"
