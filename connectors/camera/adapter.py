"""Believes a capture, or says precisely why not.

Owns the order of the checks: who signed, whether they may, which picture, for which nonce, how
often, how long ago, whether it is alive. Whose face it is, an authority says, who is asked next.
"""

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

from connectors.camera import wire
from connectors.camera.settings import CameraSettings
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
from connectors.evidence import Portrait
from connectors.face_capture import FaceCapture, Pictures
from connectors.outcomes import Outcome

METHOD: Final = "face_capture"
KIND: Final = "camera"
TAKEN: Final = "taken"
NOT_ALIVE: Final = "not_alive"
_JPEG: Final = b"\xff\xd8\xff"
_NONCE_CODES: Final = {
    Challenge.UNKNOWN: "unknown_nonce",
    Challenge.REPLAYED: "replayed_nonce",
}


class Camera:
    """A `FaceCapturing` over signed captures of enrolled devices. Safe to share."""

    method = METHOD

    def __init__(
        self,
        settings: CameraSettings,
        *,
        devices: EnrolledDevices,
        challenges: ReadingChallenges,
    ) -> None:
        self._settings = settings
        self._devices = devices
        self._challenges = challenges

    def capture(
        self, statement: str, pictures: Pictures, *, place: str, now: datetime
    ) -> FaceCapture:
        """Judge one signed capture, made for a nonce that was issued for `place`."""
        device_id = ""
        try:
            device = self._device_of(statement)
            device_id = device.device_id
            signed = read_statement(
                statement, public_key(device.public_jwk), media_type=wire.MEDIA_TYPE
            )
            capture = wire.capture_of(signed)
            self._require_picture(pictures.portrait, capture.portrait_sha256)
            if pictures.chip or capture.chip_sha256:
                self._require_picture(pictures.chip, capture.chip_sha256)
            self._require_once(capture, device, place=place, now=now)
        except StatementRefused as refusal:
            return FaceCapture(
                outcome=Outcome.INVALID_INPUT, code=refusal.code, device_id=device_id
            )
        if not capture.is_live:
            return FaceCapture(outcome=Outcome.LOW_QUALITY, code=NOT_ALIVE, device_id=device_id)
        return FaceCapture(
            outcome=Outcome.MATCH,
            code=TAKEN,
            device_id=device_id,
            portrait=Portrait(image=pictures.portrait, is_live=True),
            chip_portrait=Portrait(image=pictures.chip) if pictures.chip else None,
        )

    def _device_of(self, statement: str) -> EnrolledDevice:
        key_id = header_of(statement, media_type=wire.MEDIA_TYPE).get("kid")
        device = self._devices.find(key_id) if isinstance(key_id, str) else None
        if device is None:
            raise StatementRefused("unknown_device")
        if device.refusal:
            raise StatementRefused(device.refusal)
        if device.kind != KIND:
            raise StatementRefused("wrong_kind_of_device")
        return device

    def _require_picture(self, picture: bytes, signed: str) -> None:
        """The very picture that was signed; only its beginning is looked at, nobody decodes it."""
        digest = urlsafe_b64encode(hashlib.sha256(picture).digest()).rstrip(b"=").decode("ascii")
        if digest != signed:
            raise StatementRefused("wrong_portrait")
        if len(picture) > self._settings.largest_portrait or not picture.startswith(_JPEG):
            raise StatementRefused("wrong_portrait_form")

    def _require_once(
        self, capture: wire.Capture, device: EnrolledDevice, *, place: str, now: datetime
    ) -> None:
        challenge = self._challenges.take(capture.nonce, place=place)
        if challenge is not Challenge.FRESH:
            raise StatementRefused(_NONCE_CODES[challenge])
        age = now - capture.taken_at
        longest = timedelta(seconds=self._settings.longest_age)
        if age > longest or -age > timedelta(seconds=self._settings.clock_skew):
            raise StatementRefused("stale")
        # Last, and in the database: the judge, should a fail-over of the store revive a nonce.
        if not self._devices.advance(device.device_id, counter=capture.counter, now=now):
            raise StatementRefused("replayed_counter")
