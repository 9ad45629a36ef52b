from gateway.sip.syntax.contact import caller_of, contact_of
from tests.sip.messages import request


def test_the_first_contact_that_can_be_called_counts() -> None:
    message = request(more="Contact: <tel:+1>, <mailto:a@b>, *, <sip:c@d.example>;q=0.1")
    assert str(contact_of(message.headers)) == "sip:c@d.example"


def test_only_a_client_of_rfc_2543_may_leave_it_out_of_an_invite() -> None:
    old = request("OPTIONS", branch="1")
    assert str(caller_of(old.headers)) == "sip:peer@192.0.2.9"
    assert caller_of(request("OPTIONS").headers) is None
    assert caller_of(request("OPTIONS", branch="1", more="Contact: junk").headers) is None
