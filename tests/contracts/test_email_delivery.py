"""The contract of `MessageDelivery` for e-mail: the same promises, over SMTP on real sockets."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from connectors.addresses import AddressPolicy
from connectors.breaker import CircuitBreaker
from connectors.email.adapter import EmailGateway
from connectors.email.settings import EmailSettings, for_sandbox
from connectors.evidence import Channel, DeliveryStatus, Message
from connectors.http import OutboundClient
from connectors.sandbox.mailbox import MailServer
from connectors.settings import Secret
from tests.connectors.test_outbound_tls import NAME, certificate

CODE = Message(
    to="newcomer@mail.example",
    channel=Channel.EMAIL,
    template="verification_code",
    language="zh-Hans",
    parameters={"code": "482915", "minutes": "5"},
)


@pytest.fixture
def settings(sandbox: Any) -> Iterator[EmailSettings]:
    with sandbox.mail_port() as port:
        yield replace(for_sandbox(sandbox.url), port=port)


@pytest.fixture
def gateway(settings: EmailSettings, outbound: OutboundClient) -> EmailGateway:
    return EmailGateway(settings, outbound)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-Hans", "您的验证码"),
        ("zh-Hant", "您的驗證碼"),
        ("en", "Your code is"),
        ("fr", "您的验证码"),
    ],
)
def test_message_arrives_in_the_persons_language_when_the_server_takes_it(
    language: str, words: str, gateway: EmailGateway, sandbox: Any
) -> None:
    receipt = gateway.send(replace(CODE, language=language), now=sandbox.now)

    assert receipt.status is DeliveryStatus.ACCEPTED
    assert receipt.provider_reference.endswith("@tongxing.example")
    assert receipt.request_id.startswith("2.0.0 Ok")
    [delivered] = sandbox.authority.inbox.to("NEWCOMER@mail.example")
    assert words in delivered["text"]
    assert (delivered["code"], delivered["channel"]) == ("482915", "email")


def test_notice_arrives_when_something_happened(gateway: EmailGateway, sandbox: Any) -> None:
    notice = replace(CODE, template="security_notice", parameters={"event": "<b>新设备</b>"})

    assert gateway.send(notice, now=sandbox.now).status is DeliveryStatus.ACCEPTED
    [delivered] = sandbox.authority.inbox.to(CODE.to)
    assert "<b>新设备</b>" in delivered["text"]
    assert delivered["code"] == ""


@pytest.mark.parametrize(
    ("behaviour", "code", "status", "is_delivered"),
    [
        ("slow", "", DeliveryStatus.UNKNOWN, True),
        ("reset", "", DeliveryStatus.UNKNOWN, True),
        ("garbage", "", DeliveryStatus.UNKNOWN, True),
        ("500", "", DeliveryStatus.REFUSED, False),
        ("503", "", DeliveryStatus.FAILED, False),
        ("provider_code", "452", DeliveryStatus.RATE_LIMITED, False),
        ("provider_code", "550", DeliveryStatus.REFUSED, False),
    ],
)
def test_receipt_says_what_is_known_when_the_server_misbehaves(
    *,
    behaviour: str,
    code: str,
    status: DeliveryStatus,
    is_delivered: bool,
    settings: EmailSettings,
    outbound: OutboundClient,
    sandbox: Any,
) -> None:
    sandbox.spoil("email", behaviour, code=code, seconds=1.0)
    timeout = 0.3 if behaviour == "slow" else 5.0

    receipt = EmailGateway(replace(settings, timeout=timeout), outbound).send(CODE, now=sandbox.now)

    assert receipt.status is status
    assert len(sandbox.authority.inbox.to(CODE.to)) == int(is_delivered)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"to": "a@b.example\r\nBcc: c@d.example"}, "wrong_address"),
        ({"to": "a@b.example\nRCPT TO:<c@d.example>"}, "wrong_address"),
        ({"to": "a b@c.example"}, "wrong_address"),
        ({"to": "a@b.example, c@d.example"}, "wrong_address"),
        ({"to": "<a@b.example>"}, "wrong_address"),
        ({"to": ".a@b.example"}, "wrong_address"),
        ({"to": "a@b"}, "wrong_address"),
        ({"to": "a@-.example"}, "wrong_address"),
        ({"to": "a@" + "b" * 70 + ".example"}, "wrong_address"),
        ({"to": "nobody"}, "wrong_address"),
        ({"to": "+8613800000001"}, "wrong_address"),
        ({"channel": Channel.SMS}, "wrong_address"),
        ({"template": "unheard_of"}, "no_template"),
        ({"parameters": {"minutes": "5"}}, "no_parameter"),
        (
            {"parameters": {"code": "1\r\nBcc: c@d.example", "minutes": "5"}},
            "unprintable_parameter",
        ),
    ],
)
def test_message_is_refused_unsent_when_it_cannot_be_sent_or_injects_a_header(
    changed: dict[str, Any], code: str, gateway: EmailGateway, sandbox: Any
) -> None:
    receipt = gateway.send(replace(CODE, **changed), now=sandbox.now)

    assert (receipt.status, receipt.provider_code) == (DeliveryStatus.REFUSED, code)
    assert sandbox.authority.inbox.to(None) == []


def test_address_is_written_in_punycode_when_its_domain_is_chinese(
    gateway: EmailGateway, sandbox: Any
) -> None:
    receipt = gateway.send(replace(CODE, to="a@厦门.example"), now=sandbox.now)

    assert receipt.status is DeliveryStatus.ACCEPTED
    assert sandbox.authority.inbox.to("a@xn--gnrw55m.example")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"host": "169.254.169.254", "security": "tls"}, "OutboundRefused"),
        ({"port": 9}, "OutboundFailed"),
        ({"security": "starttls"}, "no_tls"),
        ({"security": "tls"}, "SSLError"),
        ({"username": "city", "password": Secret("p")}, "SMTPNotSupportedError"),
    ],
)
def test_message_is_failed_when_no_server_can_be_spoken_to_safely(
    changed: dict[str, Any],
    code: str,
    settings: EmailSettings,
    outbound: OutboundClient,
    sandbox: Any,
) -> None:
    receipt = EmailGateway(replace(settings, **changed), outbound).send(CODE, now=sandbox.now)

    assert (receipt.status, receipt.provider_code) == (DeliveryStatus.FAILED, code)
    assert sandbox.authority.inbox.to(None) == []


def test_server_gets_a_rest_when_it_failed_often(settings: EmailSettings, sandbox: Any) -> None:
    breaker = CircuitBreaker(clock=time.monotonic, threshold=1)
    client = OutboundClient(AddressPolicy.development(), clock=time.monotonic, breaker=breaker)
    gateway = EmailGateway(replace(settings, port=9), client)

    codes = [gateway.send(CODE, now=sandbox.now).provider_code for _ in range(2)]

    assert codes == ["OutboundFailed", "OutboundCircuitOpen"]


# Secured, as in production


class _Server:
    """A mail server that insists on TLS and on a login."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str]]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.taken.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 2.0.0 Ok: queued as TLS1"

    def authenticate(self, *arguments: Any) -> AuthResult:
        data = arguments[-1]
        is_known = (data.login, data.password) == (b"city", b"secret")
        return AuthResult(success=is_known, handled=False)


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture(params=["tls", "starttls"])
def secured(
    request: pytest.FixtureRequest, trusted: Path
) -> Iterator[tuple[_Server, EmailSettings]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    server = _Server()
    is_implicit = request.param == "tls"

    def protocol(loop: Any) -> SMTP:
        return SMTP(
            server,
            hostname=NAME,
            loop=loop,
            tls_context=None if is_implicit else context,
            require_starttls=not is_implicit,
            authenticator=server.authenticate,
            # Over TLS from the start the library does not know that it is secured, and warns.
            auth_required=not is_implicit,
            auth_require_tls=not is_implicit,
        )

    listening = MailServer("127.0.0.1", 0, protocol, tls=context if is_implicit else None)
    listening.start()
    yield (
        server,
        EmailSettings(
            host=NAME,
            port=listening.port,
            security=request.param,
            sender="no-reply@city.example",
            sender_name="通行",
            username="city",
            password=Secret("secret"),
            ca_file=str(trusted),
        ),
    )
    listening.stop()


@pytest.fixture
def named() -> OutboundClient:
    """A client for which every name is this machine."""
    return OutboundClient(
        AddressPolicy.development(),
        clock=time.monotonic,
        resolver=lambda _host, _port: [ip_address("127.0.0.1")],
    )


def test_message_is_taken_over_tls_when_certificate_and_account_hold(
    secured: tuple[_Server, EmailSettings], named: OutboundClient, sandbox: Any
) -> None:
    server, settings = secured

    receipt = EmailGateway(settings, named).send(CODE, now=sandbox.now)

    assert receipt.status is DeliveryStatus.ACCEPTED, receipt
    assert server.taken == [("no-reply@city.example", [CODE.to])]
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"host": "other.example"}, DeliveryStatus.FAILED, "SSLCertVerificationError"),
        ({"ca_file": ""}, DeliveryStatus.FAILED, "SSLCertVerificationError"),
        ({"password": Secret("wrong")}, DeliveryStatus.REFUSED, "535"),
    ],
    ids=["another name", "unknown issuer", "wrong password"],
)
def test_message_is_not_given_away_when_certificate_or_account_do_not_hold(
    changed: dict[str, Any],
    status: DeliveryStatus,
    code: str,
    secured: tuple[_Server, EmailSettings],
    named: OutboundClient,
    sandbox: Any,
) -> None:
    server, settings = secured

    receipt = EmailGateway(replace(settings, **changed), named).send(CODE, now=sandbox.now)

    assert (receipt.status, receipt.provider_code) == (status, code)
    assert server.taken == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"host": "mail.example", "security": "none"}, "security"),
        ({"security": "ssl3"}, "security"),
        ({"port": 0}, "port"),
        ({"sender": "nobody"}, "sender"),
        ({"sender_name": "a\nb"}, "sender_name"),
        ({"timeout": 0.0}, "timeout"),
    ],
)
def test_settings_are_refused_when_they_would_not_work_or_not_be_safe(
    changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValueError, match=field):
        replace(for_sandbox("http://127.0.0.1:8001"), **changed)
