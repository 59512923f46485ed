"""Believes a chip reading, or says precisely why not.

Owns the order of the checks: who signed, whether they may, for which nonce, how often, how long
ago, and only then what the chip holds. A reading proves the document; that its holder stands there,
only an attended desk sees, so only there does it reach level 4.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from connectors.card_reader import wire
from connectors.card_reader.layout import UnreadableCard, read_text
from connectors.card_reader.settings import CardReaderSettings
from connectors.card_reading import CardReading, CardText
from connectors.devices import (
    Challenge,
    EnrolledDevice,
    EnrolledDevices,
    ReadingChallenges,
    StatementRefused,
    header_of,
    public_key,
    read_statement,
)
from connectors.evidence import IdentityClaim, VerificationResult
from connectors.outcomes import Outcome

METHOD: Final = "card_reader"
AUTHORITY: Final = "cn_id_card_chip"
KIND: Final = "id_card_reader"
LEVEL_ATTENDED: Final = 4
LEVEL_ALONE: Final = 2

UNKNOWN_DEVICE: Final = "unknown_device"
WRONG_KIND: Final = "wrong_kind_of_device"
UNKNOWN_NONCE: Final = "unknown_nonce"
REPLAYED_NONCE: Final = "replayed_nonce"
REPLAYED_COUNTER: Final = "replayed_counter"
STALE: Final = "stale"
EXPIRED: Final = "expired_document"
READ: Final = "read"
_BEIJING: Final = ZoneInfo("Asia/Shanghai")
_NONCE_CODES: Final = {
    Challenge.UNKNOWN: UNKNOWN_NONCE,
    Challenge.REPLAYED: REPLAYED_NONCE,
}
# A chip that is genuine, but that we cannot read, sends its holder to a window.
_UNDECIDED: Final = frozenset({"unknown_layout"})


class CardReader:
    """A `DeviceReading` over signed readings of enrolled devices. Safe to share between threads."""

    method = METHOD
    authority = AUTHORITY

    def __init__(
        self,
        settings: CardReaderSettings,
        *,
        devices: EnrolledDevices,
        challenges: ReadingChallenges,
    ) -> None:
        self._settings = settings
        self._devices = devices
        self._challenges = challenges

    def read(self, statement: str, *, place: str, now: datetime) -> CardReading:
        """Judge one signed reading, made for a nonce that was issued for `place`."""
        try:
            device = self._device_of(statement)
        except StatementRefused as refusal:
            return _refused(refusal.code, now=now)
        try:
            signed = read_statement(
                statement, public_key(device.public_jwk), media_type=wire.MEDIA_TYPE
            )
            reading = wire.reading_of(signed)
            self._require_once(reading, device, place=place, now=now)
            card = read_text(reading.text)
        except (StatementRefused, UnreadableCard) as refusal:
            return _refused(refusal.code, now=now, device_id=device.device_id)
        if card.valid_until is not None and card.valid_until < now.astimezone(_BEIJING).date():
            return _refused(EXPIRED, now=now, device_id=device.device_id)
        return _believed(card, reading, device, now=now)

    def _device_of(self, statement: str) -> EnrolledDevice:
        key_id = header_of(statement, media_type=wire.MEDIA_TYPE).get("kid")
        device = self._devices.find(key_id) if isinstance(key_id, str) else None
        if device is None:
            raise StatementRefused(UNKNOWN_DEVICE)
        if device.refusal:
            raise StatementRefused(device.refusal)
        if device.kind != KIND:
            raise StatementRefused(WRONG_KIND)
        return device

    def _require_once(
        self, reading: wire.Reading, device: EnrolledDevice, *, place: str, now: datetime
    ) -> None:
        challenge = self._challenges.take(reading.nonce, place=place)
        if challenge is not Challenge.FRESH:
            raise StatementRefused(_NONCE_CODES[challenge])
        age = now - reading.read_at
        longest = timedelta(seconds=self._settings.longest_age)
        if age > longest or -age > timedelta(seconds=self._settings.clock_skew):
            raise StatementRefused(STALE)
        # Last, and in the database: the judge, should a fail-over of the store revive a nonce.
        if not self._devices.advance(device.device_id, counter=reading.counter, now=now):
            raise StatementRefused(REPLAYED_COUNTER)


def _believed(
    card: CardText, reading: wire.Reading, device: EnrolledDevice, *, now: datetime
) -> CardReading:
    return CardReading(
        result=VerificationResult(
            outcome=Outcome.MATCH,
            method=METHOD,
            authority=AUTHORITY,
            checked_at=now,
            provider_code=READ,
            provider_reference=f"{device.device_id}:{reading.counter}",
            matched_claims=("name", "document_number", "birthdate"),
            identity_level=LEVEL_ATTENDED if device.is_attended else LEVEL_ALONE,
        ),
        device_id=device.device_id,
        claim=IdentityClaim(
            document_type=card.document_type, document_number=card.number, name=card.name
        ),
        card=card,
        photo=reading.photo,
        photo_sha256=reading.photo_sha256,
    )


def _refused(code: str, *, now: datetime, device_id: str = "") -> CardReading:
    outcome = Outcome.INCONCLUSIVE if code in _UNDECIDED else Outcome.INVALID_INPUT
    return CardReading(
        result=VerificationResult(
            outcome=outcome,
            method=METHOD,
            authority=AUTHORITY,
            checked_at=now,
            provider_code=code,
        ),
        device_id=device_id,
    )
