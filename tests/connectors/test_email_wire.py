"""One recorded SMTP conversation, byte for byte, and what is known when one breaks off."""

import socket
import time
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Thread

import pytest

from connectors.addresses import AddressPolicy
from connectors.email.adapter import EmailGateway
from connectors.email.settings import EmailSettings
from connectors.email.templates import TEMPLATES, render
from connectors.email.wire import letter, recipient_of
from connectors.errors import OutboundRefused
from connectors.evidence import Channel, DeliveryStatus, Message
from connectors.http import OutboundClient
from tests.recorded import Replay

RECORDED = Path(__file__).parent / "recordings" / "email.smtp"
NOW = datetime(2026, 3, 1, 8, 30, 5, tzinfo=UTC)
MESSAGE = Message(
    to="Anna.Eriksson@Mail.example",
    channel=Channel.EMAIL,
    template="verification_code",
    language="en",
    parameters={"code": "482915", "minutes": "5"},
)


def settings(port: int) -> EmailSettings:
    return EmailSettings(
        host="127.0.0.1",
        port=port,
        security="none",
        sender="no-reply@city.example",
        sender_name="通行",
    )


def play(listener: socket.socket, lines: list[str], heard: list[str]) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb") as stream:
        for line in lines:
            if line.startswith("S: "):
                stream.write(line[3:].encode() + b"\r\n")
                stream.flush()
            else:
                heard.append("C: " + stream.readline().decode().removesuffix("\r\n"))


def gateway(port: int) -> EmailGateway:
    client = OutboundClient(AddressPolicy.development(), clock=time.monotonic)
    return EmailGateway(settings(port), client, new_token=lambda: "0123456789abcdef" * 2)


def test_conversation_is_the_recorded_one_byte_for_byte() -> None:
    lines = RECORDED.read_text(encoding="utf-8").splitlines()
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        playing = Thread(target=play, args=(listener, lines, heard), daemon=True)
        playing.start()
        receipt = gateway(listener.getsockname()[1]).send(MESSAGE, now=NOW)
        playing.join(5)

    assert heard == [line for line in lines if not line.startswith("S: ")]
    assert receipt.status is DeliveryStatus.ACCEPTED
    assert receipt.request_id == "2.0.0 Ok: queued as 4F2A"
    assert receipt.provider_reference == "0123456789abcdef0123456789abcdef@city.example"


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (["S: 554 no service"], DeliveryStatus.REFUSED, "554"),
        (["S: 220 x", "C", "S: 250 x", "C", "S: 550 no"], DeliveryStatus.REFUSED, "550"),
        (
            ["S: 220 x", "C", "S: 250 x", "C", "S: 250 x", "C", "S: 450 full"],
            DeliveryStatus.RATE_LIMITED,
            "450",
        ),
        (
            ["S: 220 x", "C", "S: 250 x", "C", "S: 250 x", "C", "S: 250 x", "C", "S: 451 no"],
            DeliveryStatus.FAILED,
            "451",
        ),
        (["S: 220 x", "C"], DeliveryStatus.FAILED, "SMTPServerDisconnected"),
        (["S: \x00\xff garbage"], DeliveryStatus.FAILED, "-1"),
    ],
    ids=["no service", "sender", "recipient", "data", "broken", "garbage"],
)
def test_nothing_was_taken_when_the_conversation_ends_before_the_message(
    said: list[str], status: DeliveryStatus, code: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=play, args=(listener, said, []), daemon=True).start()
        receipt = gateway(listener.getsockname()[1]).send(MESSAGE, now=NOW)

    assert (receipt.status, receipt.provider_code) == (status, code)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_html_says_what_the_text_says_and_escapes_when_it_is_rendered(
    template: str, language: str
) -> None:
    hostile = '<script>"&'
    values = {"name": hostile, "code": "482915", "minutes": "5", "event": hostile}
    values |= {"what": hostile, "about": hostile, "at": "2026-03-01", "url": hostile}
    rendered = render(template, language, values)
    assert rendered
    sent = letter(rendered, settings(25), to="a@b.example", token="t", now=NOW)

    read = message_from_bytes(sent.octets, policy=default)
    plain, html = (read.get_body((kind,)) for kind in ("plain", "html"))

    assert read.get_content_type() == "multipart/alternative"
    assert read["Content-Language"] == language
    assert plain
    assert html
    assert "<script>" not in html.get_content()
    assert f'lang="{language}"' in html.get_content()
    assert plain.get_content().strip()
    assert all(len(line) <= 998 for line in sent.octets.split(b"\r\n"))


def test_address_is_kept_when_it_is_one() -> None:
    assert recipient_of(" a.b+c@Mail.Example ") == "a.b+c@mail.example"
    assert recipient_of("a@" + "x" * 300 + ".example") is None


def test_client_opens_no_connection_when_its_network_was_replaced() -> None:
    with pytest.raises(OutboundRefused):
        Replay("sms").client.dial("127.0.0.1", 25, timeout=1)
