"""The provider's settings: one frozen value, made once by the composition root.

Every field can be set from the environment under its own name (`TONGXING_` + the path of fields,
in capitals); the string under a field is its entry in docs/reference/configuration.md. Nothing
here reads the environment: that is `deploy.settings`' work.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

_DEVELOPMENT_PREFIX = b"development."


class Profile(StrEnum):
    """What kind of deployment this is: it decides what is refused at start-up."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Secret:
    """Key material that never shows itself: `repr`, `str` and pickling give nothing away."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the key material, for the one call that needs it."""
        return self._value

    def is_development(self) -> bool:
        """Tell whether this secret was made by `manage.py up` for a developer's machine."""
        return self._value.startswith(_DEVELOPMENT_PREFIX)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalizedName:
    """A name in the three languages every page speaks."""

    zh_hans: str
    """The name in simplified Chinese."""
    zh_hant: str
    """The name in traditional Chinese, in its own wording."""
    en: str
    """The name in English."""

    def in_language(self, language: str) -> str:
        """Return the name for a Django language code (`zh-hans`, `zh-hant`, `en`)."""
        names = {"zh-hant": self.zh_hant, "en": self.en}
        return names.get(language.lower(), self.zh_hans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """What a city sets so that its people recognise their own service."""

    name: LocalizedName = field(
        default_factory=lambda: LocalizedName(
            zh_hans="通行 · 城市统一身份认证",
            zh_hant="通行 · 城市統一身份認證",
            en="Tongxing · City Sign-in",
        )
    )
    city: LocalizedName = field(
        default_factory=lambda: LocalizedName(zh_hans="示范市", zh_hant="示範市", en="Sample City")
    )
    accent: str = "#1d5fbf"
    """The one accent colour, `#rrggbb`; at least 4.5:1 against white."""
    hotline: str = "12345"
    """The telephone number a page names when a person needs help."""
    windows: LocalizedName = field(
        default_factory=lambda: LocalizedName(zh_hans="", zh_hant="", en="")
    )
    """Where the service windows are and when they are open, in a sentence; empty for none."""
    logo: str = ""
    """Address on this origin of an SVG or PNG beside the name; empty for the built-in mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long things live, in seconds."""

    code_ttl: int = 60
    """Authorization codes (RFC 6749 §4.1.2 recommends at most 600)."""
    access_token_ttl: int = 300
    """JWT access tokens; at most 600."""
    id_token_ttl: int = 600
    """ID tokens."""
    refresh_token_ttl: int = 30 * 86_400
    """Refresh tokens, from their last use."""
    refresh_grace_from: int = 2
    """A rotated refresh token may be sent again this long after its first use, not sooner …"""
    refresh_grace_until: int = 15
    """… and not later: outside, or from another client, reuse revokes the whole family."""
    session_idle_ttl: int = 2 * 3_600
    """A single sign-on session nobody uses."""
    session_absolute_ttl: int = 12 * 3_600
    """A single sign-on session, however much it is used."""
    session_place_ttl: int = 900
    """How long a session lasts that began at a kiosk or a window, in seconds, used or not."""
    journey_ttl: int = 1_800
    """One sign-in, from the first page to the last."""
    sms_code_ttl: int = 300
    """A code sent by text message."""
    email_code_ttl: int = 600
    """A code sent by e-mail, which takes longer on its way."""
    device_code_ttl: int = 600
    """Device and user codes (RFC 8628 §3.2)."""
    device_poll_interval: int = 5
    """The least time between two polls of a device (RFC 8628 §3.5)."""
    client_assertion_ttl: int = 3_600
    """The longest life we accept of a client's signed assertion; 300 for one without `iat`."""
    clock_skew: int = 30
    """How far another party's clock may be off."""
    decision_ttl: int = 90 * 86_400
    """Recorded decisions of the policies, against which drafts are replayed."""
    signing_key_ttl: int = 90 * 86_400
    """A signing key signs this long; then its successor takes over."""
    signing_key_overlap: int = 86_400
    """A key is published this long before it signs, and after its last token has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one party may ask for."""

    body_bytes: int = 65_536
    """The largest body of a protocol request; beyond it the answer is 413."""
    request_object_bytes: int = 32_768
    """The largest signed request object."""
    sms_per_phone_minute: int = 1
    """Text messages to one number in a minute."""
    sms_per_phone_day: int = 10
    """Text messages to one number in a day (Asia/Shanghai)."""
    sms_per_address_hour: int = 60
    """Text messages asked for from one address in an hour, as fast as it likes; then no faster than
    that on average, for a service hall sits behind one."""
    sms_code_attempts: int = 5
    """Tries at one code, sent by text message or e-mail; then it is void."""
    emails_per_mailbox_minute: int = 1
    """Codes to one e-mail address in a minute."""
    emails_per_mailbox_day: int = 10
    """Codes to one e-mail address in a day (Asia/Shanghai)."""
    emails_per_address_hour: int = 60
    """E-mails asked for from one network address in an hour, as fast as it likes; then at that
    pace. Counted apart from text messages."""
    login_failures_free: int = 3
    """Wrong passwords of one account and device before delays begin, which double each time."""
    login_delay_ceiling: int = 900
    """The longest delay between two tries, in seconds."""
    registrations_per_address_hour: int = 60
    """New accounts from one address in an hour, as fast as it likes; then at that pace."""
    client_requests_per_second: int = 0
    """Token requests of one client, per process and second; 0 for no limit."""
    management_requests_per_second: int = 20
    """Requests of one client to the management API, per process and second, twice that at once; 0
    for no limit."""


class EmailAccounts(StrEnum):
    """What a new account is worth that an e-mail address alone opens."""

    ANY = "any"
    VERIFIED = "verified"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """How people may prove that it is they."""

    kinds: tuple[str, ...] = (
        "passkey",
        "totp",
        "password",
        "sms",
        "email",
        "recovery_code",
    )
    """Which authenticators are in use; `acr_values_supported` tells what they reach together. There
    is `face`, too (on in development): it takes a connector that compares faces, and a city that
    wants its people to be able to sign in so (see the connectors guide)."""
    email_accounts: EmailAccounts = EmailAccounts.VERIFIED
    """Whether an e-mail address opens an account: `verified`, where a real-name check has to follow
    before any service is entered; `any`, identity level 1 at once; `none`, only people who have an
    account sign in by it. Without an e-mail gateway nobody does."""
    passkey_roots_file: str = ""
    """PEM file of makers' roots: a passkey attested under one, and not synced, reaches aal3."""
    phone_dormant_after: int = 90 * 86_400
    """A phone unused this long, in seconds, neither signs in nor recovers by itself."""
    phone_change_hold: int = 86_400
    """How long the change of a lost phone's number waits, in seconds, so that it can be stopped."""
    local_faces: bool = False
    """Whether kiosks compare a face with the chip's photograph themselves, by the extra `faces`."""
    prompted_faces: bool = False
    """Whether kiosks and windows without an enrolled camera open their browser's own, by the extra
    `faces`: an injected video is a limit of it (see the devices guide)."""
    attended_windows: bool = False
    """Whether identities are proven to level 4 at service windows: an attended reader, and in the
    window's signed word who is on duty."""
    unfreeze_hold: int = 86_400
    """How long a verified identity, frozen by its person, stays so once proven anew, in seconds."""
    prompt_pause: int = 30 * 86_400
    """After "not now", nobody is asked to add a passkey for this long, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """From when on something about a sign-in is unusual, and who is told of new devices."""

    sign_ins_hour: int = 10
    """Sign-ins of one person in an hour; more are the signal `many_sign_ins`."""
    failures_hour: int = 5
    """Failed proofs against one account in an hour; as many are the signal `failed_attempts`."""
    people_per_device: int = 5
    """People new to one browser in a day; more are the signal `crowded_device`."""
    registrations_hour: int = 30
    """Accounts opened from one network in an hour; more are the signal `mass_registration`."""
    phone_fresh_days: int = 7
    """How long a changed mobile number is the signal `phone_changed`, in days."""
    email_fresh_days: int = 7
    """How long an added or changed e-mail address is the signal `email_changed`, in days."""
    login_notices: bool = False
    """Tell people of a sign-in on a new device by text message and e-mail, once a day at most,
    unless they said otherwise under `/account/devices`; where this is off, those are told who asked
    for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """How staff work in the console."""

    idle_ttl: int = 900
    """A session in the console that nobody uses, in seconds."""
    absolute_ttl: int = 8 * 3_600
    """A session in the console, however much it is used, in seconds."""
    attested_passkeys: bool = False
    """Take only passkeys attested under `authentication.passkey_roots_file` and never synced."""
    certificate_issuers_file: str = ""
    """Those whose certificates staff may show as a second factor (PEM); empty for none."""
    certificate_revocations_file: str = ""
    """Their lists of revoked certificates (PEM, or one in DER), complete and in time: without one
    of its issuer no certificate is taken. Empty: lists are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Whom a serious alert is sent to, beside the console that lists it."""

    emails: tuple[str, ...] = ()
    """Addresses of staff; sent through the mail gateway of the connectors file."""
    webhook: str = ""
    """An https address that takes each alert as JSON, for an operations centre or a chat robot."""
    webhook_key: Secret = field(default_factory=lambda: Secret(b""))
    """Signs what the webhook gets (HMAC-SHA-256). 32 bytes or more, base64url."""
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks outside public space in which the webhook's address may lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what we know of people is kept, in days; then the worker deletes it."""

    deletion_hold: int = 7
    """An account waits this long for its deletion; signing in, its person can keep it."""
    sessions: int = 183
    """Sessions that ended, with the services entered in them."""
    disclosures: int = 1_095
    """What a service was told of a person."""
    agreements: int = 1_095
    """Agreements that were withdrawn or replaced."""
    documents: int = 1_095
    """Numbers and names of documents that were replaced or taken back."""
    evidence: int = 1_095
    """Values that an authority confirmed, once the evidence counts no more."""
    devices: int = 400
    """Browsers in which somebody signed in, from the end of the month of their last use."""
    phone_changes: int = 183
    """Changes of a lost number that were done or stopped."""
    deliveries: int = 7
    """Notices, messages and events that were delivered."""
    undelivered: int = 90
    """Those that could not be delivered, and wait for an administrator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """All that the rooms may know about the deployment they stand in."""

    profile: Profile
    """`development` or `production`; set by the settings module."""
    issuer: str
    """The issuer identifier, without a final slash: every address of the provider starts so."""
    root_key: Secret
    """Root of the key hierarchy: seals data keys and signing keys. 32 bytes or more, base64url."""
    blind_index_key: Secret
    """Keys the blind index over document numbers. 32 bytes or more, base64url; never changes."""
    pairwise_salt: Secret
    """Salts pairwise subject identifiers. 32 bytes or more, base64url; never changes."""
    branding: Branding = field(default_factory=Branding)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    limits: Limits = field(default_factory=Limits)
    authentication: Authentication = field(default_factory=Authentication)
    risk: Risk = field(default_factory=Risk)
    console: Console = field(default_factory=Console)
    alerts: Alerts = field(default_factory=Alerts)
    retention: Retention = field(default_factory=Retention)
    signing_algorithms: tuple[str, ...] = ("ES256", "RS256", "PS256", "EdDSA")
    """JWS algorithms we sign and accept, the first one is the default for access tokens."""
    registration_open: bool = False
    """Anyone may register a client (RFC 7591). Refused in production."""
    initial_access_tokens: tuple[str, ...] = ()
    """Who else may register: hex SHA-256 hashes of initial access tokens (RFC 7591 §3)."""
    personas: bool = False
    """Seed the made-up people of the README. Refused in production."""
    sandbox_url: str = ""
    """Base URL of the sandbox authority. Refused in production."""
    connectors_file: str = ""
    """Path of a YAML file with the settings of each connector, by kind (connectors guide)."""
    sealing: str = "aes-gcm"
    """Which cipher seals personal data: `aes-gcm` or `sm4-gcm`."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks whose `X-Forwarded-*` and client-certificate headers are believed."""
    client_certificate_header: str = "X-Client-Cert"
    """Header in which a trusted proxy hands on the verified client certificate (PEM, escaped)."""
    service_documentation: str = ""
    """Address of the integration specification, named in the discovery document."""

    @property
    def is_https(self) -> bool:
        """Whether people reach the provider over TLS."""
        return self.issuer.startswith("https://")

    @property
    def host(self) -> str:
        """The issuer's host name, without the port."""
        return urlsplit(self.issuer).hostname or ""

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make passkeys here: never for a bare address, and only over TLS.

        Web Authentication Level 3 §5.1.3: the relying party is a domain; `localhost` counts as
        secure.
        """
        try:
            ip_address(self.host)
        except ValueError:
            is_secure = self.is_https or self.host == "localhost"
            return "passkey" in self.authentication.kinds and is_secure
        return False

    def cookie_name(self, purpose: str) -> str:
        """Name a cookie: `__Host-` under https, plain under http, where ports share cookies."""
        return f"__Host-{purpose}" if self.is_https else f"tongxing_{purpose}"

    def address(self, path: str) -> str:
        """Return the absolute address of a path that starts with a slash."""
        return f"{self.issuer}{path}"
