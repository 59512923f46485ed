"""CTID's wire: token, serial number, authentication; and what four characters mean.

Owns the modes: which factors are asked together. The characters stand for number and name,
validity, portrait and network credential, in this order; X is a factor that was not asked.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.ctid.settings import CtidSettings
from connectors.dialogue import Verdict
from connectors.errors import OutboundAnswerRejected
from connectors.evidence import IdentityClaim
from connectors.held_tokens import HeldToken
from connectors.outcomes import Outcome
from connectors.signed_json import Call, stamp

TOKEN_PATH: Final = "/ctid/token"  # noqa: S105 - a path
SERIAL_PATH: Final = "/ctid/serial"
AUTHENTICATE_PATH: Final = "/ctid/authenticate"
CODE_OK: Final = "0000"
CODE_TOKEN_DISOWNED: Final = "4001"  # noqa: S105 - a code
UNLIMITED: Final = "长期"
NOT_ASKED: Final = "X"

_OUTCOME_OF_CODE: Final = {
    "1007": Outcome.INVALID_INPUT,
    "2001": Outcome.RATE_LIMITED,
    "3001": Outcome.INCONCLUSIVE,
}
# From the heaviest finding down: a number nobody has outweighs whatever else is said.
_OUTCOME_OF_CHARACTER: Final = (
    ("2", Outcome.NOT_FOUND),
    ("1", Outcome.MISMATCH),
    ("4", Outcome.NO_PHOTO),
    ("5", Outcome.LOW_QUALITY),
    ("3", Outcome.INCONCLUSIVE),
)
_KNOWN: Final = frozenset("0") | {character for character, _ in _OUTCOME_OF_CHARACTER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """Which factors are asked: number and name always, and those named."""

    code: str
    validity: bool = False
    portrait: bool = False
    credential: bool = False

    @property
    def asked(self) -> tuple[bool, bool, bool, bool]:
        """Whether each character of the result must be there."""
        return (True, self.validity, self.portrait, self.credential)


MODES: Final = (
    Mode(code="0x40"),
    Mode(code="0x10", validity=True),
    Mode(code="0x42", portrait=True),
    Mode(code="0x12", validity=True, portrait=True),
    Mode(code="0x04", credential=True),
    Mode(code="0x06", credential=True, portrait=True),
)


def mode_of(claim: IdentityClaim) -> Mode:
    """The mode that asks for the most of what the claim has; a credential stands for validity."""
    has_credential = bool(claim.network_credential)
    wanted = (
        True,
        claim.validity is not None and not has_credential,
        claim.portrait is not None,
        has_credential,
    )
    return next(mode for mode in MODES if mode.asked == wanted)


def token_call(settings: CtidSettings, *, nonce: str, now: datetime) -> Call:
    """Asks for a token."""
    fields = (("appKey", settings.app_key), ("timestamp", stamp(now)))
    return Call(path=TOKEN_PATH, fields=fields, nonce=nonce)


def serial_call(settings: CtidSettings, token: HeldToken, *, nonce: str, now: datetime) -> Call:
    """Asks for the serial number of one authentication to come."""
    fields = (("appKey", settings.app_key), ("timestamp", stamp(now)))
    return Call(path=SERIAL_PATH, fields=fields, nonce=nonce, headers=_bearer(token))


def authenticate_call(
    claim: IdentityClaim, token: HeldToken, *, serial: str, nonce: str, now: datetime
) -> Call:
    """The authentication under `serial`: the mode, and the factors it asks, in order."""
    mode = mode_of(claim)
    fields = [
        ("bizSerialNo", serial),
        ("timestamp", stamp(now)),
        ("authMode", mode.code),
        ("name", claim.name),
        ("idNo", claim.document_number),
    ]
    if mode.validity and claim.validity is not None:
        ends_on = claim.validity.ends_on
        fields.append(("validFrom", f"{claim.validity.begins_on:%Y%m%d}"))
        fields.append(("validTo", f"{ends_on:%Y%m%d}" if ends_on else UNLIMITED))
    if claim.portrait is not None:
        fields.append(("portrait", base64.b64encode(claim.portrait.image).decode("ascii")))
    if mode.credential:
        fields.append(("credential", claim.network_credential or ""))
    return Call(path=AUTHENTICATE_PATH, fields=tuple(fields), nonce=nonce, headers=_bearer(token))


def token_of(answer: Mapping[str, str], *, now: datetime) -> HeldToken | Verdict:
    """The token in an answer, or why there is none.

    Raises:
        OutboundAnswerRejected: it says that there is one and gives none.
    """
    if answer.get("code") != CODE_OK:
        return refusal(answer)
    token, seconds = answer.get("accessToken", ""), answer.get("expiresIn", "")
    if not token or not seconds.isdecimal():
        raise OutboundAnswerRejected("an answer without a token")
    return HeldToken(value=token, expires_at=now + timedelta(seconds=int(seconds)))


def serial_of(answer: Mapping[str, str]) -> str | Verdict:
    """The serial number in an answer, or why there is none.

    Raises:
        OutboundAnswerRejected: it says that there is one and gives none.
    """
    if answer.get("code") != CODE_OK:
        return refusal(answer)
    if serial := answer.get("bizSerialNo", ""):
        return serial
    raise OutboundAnswerRejected("an answer without a serial number")


def verdict_of(answer: Mapping[str, str], *, mode: Mode, serial: str) -> Verdict:
    """What the authentication came to.

    Raises:
        OutboundAnswerRejected: it is about another serial number.
    """
    code = answer.get("code", "")
    if code != CODE_OK:
        outcome = _OUTCOME_OF_CODE.get(code, Outcome.PROVIDER_ERROR)
        return Verdict(outcome=outcome, code=code, reference=serial)
    if answer.get("bizSerialNo") != serial:
        raise OutboundAnswerRejected("an answer about another serial number")
    result = answer.get("authResult", "")
    return Verdict(outcome=outcome_of(result, mode=mode), code=f"{code}-{result}", reference=serial)


def outcome_of(result: str, *, mode: Mode) -> Outcome:
    """What the four characters come to; one too many, too few or unheard of is no answer."""
    asked = mode.asked
    if len(result) != len(asked):
        return Outcome.PROVIDER_ERROR
    for character, was_asked in zip(result, asked, strict=True):
        if character not in (_KNOWN if was_asked else {NOT_ASKED}):
            return Outcome.PROVIDER_ERROR
    for character, outcome in _OUTCOME_OF_CHARACTER:
        if character in result:
            return outcome
    return Outcome.MATCH


def refusal(answer: Mapping[str, str]) -> Verdict:
    """A refusal before anybody was asked about."""
    code = answer.get("code", "")
    is_busy = _OUTCOME_OF_CODE.get(code) is Outcome.RATE_LIMITED
    outcome = Outcome.RATE_LIMITED if is_busy else Outcome.PROVIDER_ERROR
    return Verdict(outcome=outcome, code=code, was_asked=False)


def _bearer(token: HeldToken) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.value}"}
