"""The protocols an adapter can speak; the composition root picks adapters by `connectors.registry`.

Owns the shapes only. An adapter never raises for what an authority does: slow, broken or refusing
authorities come back as an outcome, so a caller cannot forget one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from connectors.card_reading import CardReading
from connectors.delivery_reports import Callback, DeliveryReport
from connectors.evidence import (
    Channel,
    DeliveryReceipt,
    IdentityClaim,
    Message,
    OrganizationClaim,
    OrganizationResult,
    Particular,
    VerificationResult,
)
from connectors.face_capture import FaceCapture, Pictures
from connectors.visits import Visit, VisitResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing an adapter can do: for which documents, needing what, to which identity level."""

    document_types: frozenset[str]
    needs: frozenset[Particular] = frozenset()
    level: int


class IdentityVerification(Protocol):
    """Compares what a person claims with an authoritative source. A worker calls it: it blocks."""

    @property
    def method(self) -> str:
        """The registered name of the method, as in `/people`'s outcomes."""
        ...

    @property
    def authority(self) -> str:
        """The source that answers, as named in verified claims."""
        ...

    @property
    def document_types(self) -> frozenset[str]:
        """The document types it can check; any other is INVALID_INPUT without a call."""
        ...

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What it can do; with a claim that fits several, the highest level is what is asked."""
        ...

    def verify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """Ask the authority once; `now` is an aware instant, stamped on request and result."""
        ...


@runtime_checkable
class AwaitableVerification(Protocol):
    """An IdentityVerification whose wait needs no thread."""

    async def averify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """The same as `verify`, awaited."""
        ...


class OrganizationVerification(Protocol):
    """Compares what is said of an organization with the register of organizations."""

    @property
    def method(self) -> str:
        """The registered name of the method."""
        ...

    @property
    def authority(self) -> str:
        """The source that answers."""
        ...

    def verify(self, claim: OrganizationClaim, *, now: datetime) -> OrganizationResult:
        """Ask the register once."""
        ...


class Counters(Protocol):
    """Short-lived counting that all processes share: the provider's store, or one in this process.

    Keys name nobody: callers hash what is personal first. `ttl` is in seconds.
    """

    def add(self, key: str, value: bytes, *, ttl: int) -> bool:
        """Write only where nothing is; False when something was."""
        ...

    def get(self, key: str) -> bytes | None:
        """The live value."""
        ...

    def delete(self, *keys: str) -> None:
        """Forget."""
        ...

    def increment(self, key: str, *, ttl: int, by: int = 1) -> int:
        """Add to a counter and return it; the ttl starts with the first addition only."""
        ...


class MessageDelivery(Protocol):
    """Hands a message to a gateway."""

    @property
    def provider(self) -> str:
        """The name its receipts bear."""
        ...

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """Hand the message over once; never retried here, or a person gets it twice."""
        ...


class MessageReach(Protocol):
    """Tells beforehand where messages can go from here."""

    def carries(self, channel: Channel) -> bool:
        """Whether a gateway of this channel is configured at all, at work or switched off."""
        ...

    def reaches(self, channel: Channel, to: str) -> bool:
        """Whether a gateway at work serves this number (E.164) or e-mail address now."""
        ...


@runtime_checkable
class DeliveryReports(Protocol):
    """Tells what became of a message that a gateway accepted."""

    def status(self, receipt: DeliveryReceipt, *, to: str, now: datetime) -> DeliveryReceipt:
        """Ask how far the message of `receipt`, sent to `to` (E.164), came."""
        ...


class DeliveryCallbacks(Protocol):
    """Reads the status reports that a gateway pushes to an address of ours."""

    @property
    def acknowledgement(self) -> bytes:
        """What to answer, as JSON, once the reports are kept; else the gateway repeats them."""
        ...

    def read(self, callback: Callback) -> tuple[DeliveryReport, ...]:
        """The reports in a push, to be applied by `connectors.delivery_reports.applied`.

        Raises:
            CallbackRefused: it is not from the gateway, or not in the agreed form.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamIdentity:
    """Who an outside login says this is: a stable subject there, and the claims it asserted."""

    provider: str
    subject: str = field(repr=False)
    claims: Mapping[str, str] = field(repr=False)
    authenticated_at: datetime
    identity_level: int = 0


class PasswordLogin(Protocol):
    """Checks a name and password with a directory outside (LDAP)."""

    def authenticate(
        self, identifier: str, password: str, *, now: datetime
    ) -> UpstreamIdentity | None:
        """Return who it is, or None when the directory refuses the pair.

        Raises:
            ConnectorError: the directory could not decide.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectStart:
    """Where to send the browser, and what to keep until it comes back.

    The `state` that it will bring is among what is kept.
    """

    url: str = field(repr=False)
    kept: Mapping[str, str] = field(repr=False)


class RedirectLogin(Protocol):
    """Logs a person in at a partner's own pages (upstream OIDC, CAS, a province's portal)."""

    @property
    def provider(self) -> str:
        """What the partner is called here; with a subject of theirs it names a person."""
        ...

    def start(self, return_to: str, *, now: datetime) -> RedirectStart:
        """Begin one login whose answer comes to `return_to`.

        Raises:
            ConnectorError: the partner cannot be reached or believed now.
        """
        ...

    def finish(
        self, parameters: Mapping[str, str], *, kept: Mapping[str, str], now: datetime
    ) -> UpstreamIdentity:
        """Redeem what came back, against what `start` said to keep.

        Raises:
            ConnectorError: the answer is forged, stale or refused.
        """
        ...


class RedirectVerification(Protocol):
    """Verifies a person at the authority's own page: start, the browser's visit, finish once.

    `kept` holds nothing personal. It belongs in the person's journey, is used once, and is gone.
    """

    @property
    def method(self) -> str:
        """The registered name of the method."""
        ...

    @property
    def authority(self) -> str:
        """The source that answers, as named in verified claims."""
        ...

    @property
    def document_types(self) -> frozenset[str]:
        """The document types a claim may name."""
        ...

    @property
    def needs_claim(self) -> bool:
        """Whether somebody must be named beforehand; else the visit may find out who it is."""
        ...

    @property
    def needs_consent(self) -> bool:
        """Whether nothing is opened without a separate consent: a face is compared (PIPL 29)."""
        ...

    def start(self, visit: Visit, *, now: datetime) -> RedirectStart | VerificationResult:
        """Open a visit; an outcome comes back, instead of a page, where none could be opened."""
        ...

    async def astart(self, visit: Visit, *, now: datetime) -> RedirectStart | VerificationResult:
        """The same, awaited: no thread waits while an authority thinks."""
        ...

    def finish(
        self, parameters: Mapping[str, str], *, kept: Mapping[str, str], now: datetime
    ) -> VisitResult:
        """Redeem what came back with the browser. Whatever goes wrong is an outcome."""
        ...

    async def afinish(
        self, parameters: Mapping[str, str], *, kept: Mapping[str, str], now: datetime
    ) -> VisitResult:
        """The same, awaited."""
        ...


class DeviceReading(Protocol):
    """Judges what an enrolled device read and signed; the browser between is not trusted."""

    @property
    def method(self) -> str:
        """The registered name of the method."""
        ...

    @property
    def authority(self) -> str:
        """The source that answers, as named in verified claims."""
        ...

    def read(self, statement: str, *, place: str, now: datetime) -> CardReading:
        """Judge one signed reading, made for a nonce that was issued for `place`."""
        ...


class FaceCapturing(Protocol):
    """Judges a face that an enrolled camera took and signed; comparing it is an authority's."""

    @property
    def method(self) -> str:
        """The registered name of the method."""
        ...

    def capture(
        self, statement: str, pictures: Pictures, *, place: str, now: datetime
    ) -> FaceCapture:
        """Judge one signed capture, made for a nonce that was issued for `place`."""
        ...
