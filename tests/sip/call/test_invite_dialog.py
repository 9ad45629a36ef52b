"""What requests and responses within a dialog of a call say."""

from tests.sip.messages import name
from tests.sip.scripted import response
from tests.sip.standing import Called, Calling, answering


def test_a_change_tells_anew_where_we_are_and_what_we_can() -> None:
    end = Calling()
    end.agent.hold(end.call, True, end.now)
    (invite,) = end.sent()
    assert invite.headers["Contact"] == "<sip:phone@192.0.2.1:5060>"
    assert "UPDATE" in invite.headers["Allow"] and "timer" in invite.headers["Supported"]
    assert invite.headers["To"].endswith(";tag=far")
    assert invite.headers["Content-Type"] == "application/sdp"


def test_a_goodbye_says_no_more_than_it_must() -> None:
    end = Calling()
    end.agent.hang_up(end.call, end.now)
    (bye,) = end.sent()
    assert (bye.body, name(bye)) == (b"", "BYE")
    assert not {"Contact", "Content-Type", "Session-Expires", "Supported"} & set(bye.headers.keys())


def test_our_200_tells_all_that_a_dialog_needs() -> None:
    headers = Called().ok.headers
    assert headers["Contact"] == "<sip:us@192.0.2.1:5060>"
    assert {"Allow", "Supported", "Accept", "Content-Type", "Session-Expires"} <= set(headers.keys())


def test_the_target_follows_the_2xx_to_our_change() -> None:
    end = Calling()
    end.agent.hold(end.call, True, end.now)
    (invite,) = end.sent()
    moved = response(invite, 200, body=answering(invite.body))
    moved.headers.set("Contact", "<sip:peer@192.0.2.44:5099>")
    end.says(moved)
    assert (end.transmissions[0].flow.host, end.transmissions[0].flow.port) == ("192.0.2.44", 5099)
    end.agent.hang_up(end.call, end.now)
    (bye,) = end.sent()
    assert str(bye.uri) == "sip:peer@192.0.2.44:5099"  # type: ignore[union-attr]
