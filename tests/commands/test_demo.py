import io

from gateway.commands.demo import WORDS, invitation
from gateway.commands.progress import Progress
from gateway.correspondent.numbers import Service, numbers_of


def test_every_service_of_the_correspondent_is_offered_with_its_number() -> None:
    said = invitation("http://127.0.0.1:8080/", "FR")
    for service in Service:
        assert numbers_of("FR")[service] in said
        assert WORDS[service] in said


def test_where_a_token_is_asked_for_it_is_in_both_links() -> None:
    said = invitation("http://192.0.2.7:8080/", "DE", "s3cret")
    assert "http://192.0.2.7:8080/?token=s3cret " in said and "http://192.0.2.7:8080/earpiece?token=s3cret" in said


def test_both_pages_are_named() -> None:
    said = invitation("http://127.0.0.1:8080/", "US")
    assert "Open  http://127.0.0.1:8080/ " in said
    assert "http://127.0.0.1:8080/earpiece" in said


def test_on_the_terminal_it_stands_in_lines() -> None:
    out = io.StringIO()
    said = invitation("http://127.0.0.1:8080/", "FR")
    Progress(out).paragraph(said)
    assert out.getvalue().split("\n") == [*said.splitlines(), ""]
