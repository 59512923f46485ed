"""The message as RFC 5322 and 2046 have it, and one SMTP conversation (RFC 5321) to hand it over.

Owns the bytes, what may stand in a header, and up to which moment a message certainly was not
taken. What that means for the receipt is the adapter's.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from threading import Timer
from typing import Final

from connectors.email.settings import IMPLICIT, UPGRADED, EmailSettings
from connectors.email.templates import Rendered

NO_TLS: Final = "no_tls"
_LOCAL_PART: Final = re.compile(r"[0-9A-Za-z.!#$%&'*+/=?^_`{|}~-]{1,64}", re.ASCII)
_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?\.)+[0-9a-z-]{2,63}")
Dial = Callable[[str, int], socket.socket]


class NotTaken(Exception):
    """The server certainly has not taken the message; `code` is its reply, or what failed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unanswered(Exception):
    """The message was on its way when the server fell silent or said what means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The server's reply to the whole message."""

    code: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message ready to hand over."""

    recipient: str = field(repr=False)
    message_id: str
    octets: bytes = field(repr=False)


def recipient_of(address: str) -> str | None:
    """The address as it stands in SMTP, its domain in punycode; None for what is none.

    Refuses everything that could end a line or a command, which is what header and command
    injection need (RFC 5321 §4.1.2 allows quoting; nobody's mailbox needs it here).
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    is_dotted = ".." in local or local.startswith(".") or local.endswith(".")
    is_one = at and _LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)
    return f"{local}@{ascii_domain}" if is_one and not is_dotted else None


def letter(
    rendered: Rendered, settings: EmailSettings, *, to: str, token: str, now: datetime
) -> Letter:
    """The message to `to` (from `recipient_of`), as multipart text and HTML."""
    domain = settings.sender.partition("@")[2]
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = Address(display_name=settings.sender_name, addr_spec=settings.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{token}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office comes back
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    message.set_boundary(f"=_{token}")
    message["Content-Language"] = rendered.language
    return Letter(recipient=to, message_id=f"{token}@{domain}", octets=message.as_bytes())


def hand_over(sent: Letter, settings: EmailSettings, dial: Dial) -> Reply:
    """Hand one message over in one conversation.

    Raises:
        NotTaken: nothing was taken.
        Unanswered: it may have been.
        OutboundError: from `dial`, so nothing was taken.
    """
    with _conversation(settings, dial) as smtp:
        try:
            _introduce(smtp, settings)
            _require(smtp.mail(settings.sender), 250)
            _require(smtp.rcpt(sent.recipient), 250, 251)
        except smtplib.SMTPResponseException as error:
            raise NotTaken(str(error.smtp_code)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotTaken(type(error).__name__) from error
        try:
            code, text = smtp.data(sent.octets)
        except smtplib.SMTPDataError as error:
            raise NotTaken(str(error.smtp_code)) from error  # refused before a byte of it went
        except (smtplib.SMTPException, OSError) as error:
            raise Unanswered from error
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    return Reply(code=code, text=text.decode("utf-8", "replace"))


class _Smtp(smtplib.SMTP):
    """The library's client on a socket of ours: dialed to a checked address, TLS from the start."""

    def __init__(self, settings: EmailSettings, dial: Dial, tls: ssl.SSLContext | None) -> None:
        self._dial = dial
        self._tls = tls if settings.security == IMPLICIT else None
        super().__init__(
            settings.host,
            settings.port,
            local_hostname=settings.sender.partition("@")[2],
            timeout=settings.timeout,
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = self._dial(host, port)
        opened.settimeout(timeout)
        if self._tls is None:
            return opened
        try:
            return self._tls.wrap_socket(opened, server_hostname=host)
        except OSError:
            opened.close()
            raise


@contextmanager
def _conversation(settings: EmailSettings, dial: Dial) -> Iterator[smtplib.SMTP]:
    try:
        smtp = _Smtp(settings, dial, _context(settings))
    except smtplib.SMTPResponseException as error:
        raise NotTaken(str(error.smtp_code)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotTaken(type(error).__name__) from error
    # Timeouts bound one read each: a server that drips would hold us for ever.
    cut = Timer(settings.timeout, _cut, [smtp])
    cut.daemon = True
    cut.start()
    try:
        yield smtp
    finally:
        cut.cancel()
        smtp.close()


def _cut(smtp: smtplib.SMTP) -> None:
    with suppress(OSError, AttributeError):
        smtp.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # None is AttributeError


def _introduce(smtp: smtplib.SMTP, settings: EmailSettings) -> None:
    smtp.ehlo_or_helo_if_needed()
    if settings.security == UPGRADED:
        if not smtp.has_extn("starttls"):
            # Never on without: whoever sits between can take the offer away.
            raise NotTaken(NO_TLS)
        smtp.starttls(context=_context(settings))
        smtp.ehlo()
    if settings.username:
        smtp.login(settings.username, settings.password.reveal())


def _context(settings: EmailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file or None)


def _require(answer: tuple[int, bytes], *accepted: int) -> None:
    if answer[0] not in accepted:
        raise NotTaken(str(answer[0]))
