"""The made-up city's staff, one in each role, with all that is needed to sign in as them.

Their keys stand in the open, on purpose: development alone seeds them.
"""

from base64 import b32encode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestedCredentialData

from idp.foundation.clock import Clock
from idp.staff.accounts import NewMember, StaffAccounts
from idp.staff.authenticators import StaffAuthenticatorRecords
from idp.staff.roles import Role, must_resist_phishing
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.authenticators.records import NewRow

_CURVE: Final = ec.SECP256R1()
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPersona:
    """A made-up member of staff."""

    username: str
    name: str
    role: Role
    password: str
    department: str = ""

    @property
    def account_id(self) -> UUID:
        return uuid5(NAMESPACE_URL, f"https://staff.example/{self.username}")

    @property
    def credential_id(self) -> bytes:
        return self._made("credential")

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The private key of the persona's passkey, the same in every deployment."""
        number = int.from_bytes(self._made("passkey"), "big") % (_ORDER - 1) + 1
        return ec.derive_private_key(number, _CURVE)

    @property
    def private_key(self) -> str:
        """The key in PKCS #8 and base64, as virtual authenticators take it."""
        form = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return b64encode(self.key.private_bytes(*form)).decode()

    @property
    def totp_secret(self) -> str:
        return b32encode(self._made("app")[:20]).decode()

    def _made(self, purpose: str) -> bytes:
        return sha256(f"made-up staff {self.username} {purpose}".encode()).digest()


STAFF: Final = (
    StaffPersona(
        username="system",
        name="方志远",
        role=Role.SYSTEM,
        password="Bailu-harbour-system-4901",  # noqa: S106 - made up, and in the README
    ),
    StaffPersona(
        username="security",
        name="沈若兰",
        role=Role.SECURITY,
        password="Bailu-harbour-security-4902",  # noqa: S106 - the same
    ),
    StaffPersona(
        username="audit",
        name="何敬之",
        role=Role.AUDIT,
        password="Bailu-harbour-audit-4903",  # noqa: S106 - the same
    ),
    StaffPersona(
        username="library",
        name="温书宁",
        role=Role.DEPARTMENT,
        department="city-library",
        password="Bailu-harbour-library-4904",  # noqa: S106 - the same
    ),
    StaffPersona(
        username="supervisor",
        name="顾长宁",
        role=Role.SUPERVISOR,
        password="Bailu-harbour-supervisor-4905",  # noqa: S106 - the same
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSeeder:
    """Idempotent: accounts that are there are left alone."""

    accounts: StaffAccounts
    records: StaffAuthenticatorRecords
    clock: Clock
    personas: tuple[StaffPersona, ...] = STAFF

    def __call__(self) -> None:
        for persona in self._missing():
            self.accounts.create(
                NewMember(
                    id=persona.account_id,
                    username=persona.username,
                    name=persona.name,
                    staff_number=f"STAFF-{persona.username}",
                    role=persona.role,
                    department=persona.department,
                    password=persona.password,
                )
            )
            make = _passkey if must_resist_phishing(persona.role) else _app
            self.records.keep(make(persona, self))

    def _missing(self) -> Iterator[StaffPersona]:
        return (each for each in self.personas if self.accounts.find(each.username) is None)


def _passkey(persona: StaffPersona, seeder: StaffSeeder) -> NewRow:
    read: Any = ES256.from_cryptography_key  # fido2 gives it no types
    public = read(persona.key.public_key())
    data = AttestedCredentialData.create(Aaguid.NONE, persona.credential_id, public)
    return NewRow(
        person_id=persona.account_id,
        kind=Kind.PASSKEY,
        now=seeder.clock.now(),
        secret={"credential": websafe_encode(data)},
        columns={"handle": sha256(persona.credential_id).digest()},
    )


def _app(persona: StaffPersona, seeder: StaffSeeder) -> NewRow:
    return NewRow(
        person_id=persona.account_id,
        kind=Kind.TOTP,
        now=seeder.clock.now(),
        secret={"key": persona.totp_secret},
    )
