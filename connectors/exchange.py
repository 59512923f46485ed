"""What goes out in one call and what comes back, and when an answer is believed.

Owns the values and the judgement on them; making the call is `connectors.http`'s.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from connectors.addresses import AddressPolicy
from connectors.errors import OutboundAnswerRejected, OutboundRefused

DEFAULT_TIMEOUT = 10.0
DEFAULT_MAX_BYTES = 256 * 1024

# A name as DNS has it (international ones in punycode), or an address; `raw_host` has no brackets.
_HOST = re.compile(rb"[0-9A-Za-z._:-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to connect, to wait for the next byte, and for the whole exchange with retries."""

    connect: float = 3.0
    read: float = 8.0
    total: float = DEFAULT_TIMEOUT

    @classmethod
    def within(cls, total: float) -> "Timeouts":
        """Timeouts for an exchange that must end within `total` seconds."""
        return cls(connect=min(cls().connect, total), read=total, total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRequest:
    """One call out.

    Attributes:
        accepts: media types believed in the answer, without parameters; empty means any.
        is_idempotent: sending it twice does no more than once, so it may be retried.
        max_bytes: the largest answer body that is read.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    accepts: tuple[str, ...] = ()
    is_idempotent: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES
    timeouts: Timeouts = Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundResponse:
    """A whole answer of any status; header names are lower case, repeated ones joined."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_callable_url(url: str, policy: AddressPolicy) -> httpx2.URL:
    """The parsed `url`, when its scheme and shape may be called at all.

    Raises:
        OutboundRefused: not an absolute URL, not https (unless permitted), or with credentials.
    """
    try:
        target = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise OutboundRefused("not a URL") from error
    if target.scheme != "https" and not (target.scheme == "http" and policy.permits_http):
        raise OutboundRefused(f"scheme {target.scheme!r} is not permitted")
    if _HOST.fullmatch(target.raw_host) is None:
        raise OutboundRefused("a URL without a proper host")
    if target.userinfo:
        raise OutboundRefused(f"{target.host}: credentials in a URL")
    return target.copy_with(fragment=None) if target.fragment else target


def require_believable(response: OutboundResponse, request: OutboundRequest) -> None:
    """Refuse a body in a media type that was not asked for; error answers may be of any type.

    Raises:
        OutboundAnswerRejected: it is.
    """
    if request.accepts and response.is_success and response.media_type not in request.accepts:
        raise OutboundAnswerRejected(f"media type {response.media_type!r}", status=response.status)


def require_ok(response: OutboundResponse) -> OutboundResponse:
    """The response, when its status is 200.

    Raises:
        OutboundAnswerRejected: it is another.
    """
    if response.status != 200:
        raise OutboundAnswerRejected(f"status {response.status}", status=response.status)
    return response


def parse_json(response: OutboundResponse) -> object:
    """The JSON value of the body, which must be UTF-8 (RFC 8259 §8.1).

    Raises:
        OutboundAnswerRejected: it is no JSON.
    """
    try:
        parsed: object = json.loads(response.body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise OutboundAnswerRejected("the answer is not JSON", status=response.status) from error
    return parsed


def require_readable(answer: httpx2.Response, *, max_bytes: int) -> None:
    """Refuse a body that is encoded, or says that it is larger than `max_bytes`.

    Raises:
        OutboundAnswerRejected: it is.
    """
    headers = answer.headers
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise OutboundAnswerRejected("an encoded body", status=answer.status_code)
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise OutboundAnswerRejected("the answer is too large", status=answer.status_code)


def whole(answer: httpx2.Response, body: bytes) -> OutboundResponse:
    """The answer with its whole body."""
    return OutboundResponse(
        status=answer.status_code,
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=body,
    )
