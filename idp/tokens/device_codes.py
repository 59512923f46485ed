"""Device and user codes (RFC 8628): short-lived records, found by the hashes of their values.

Owns what a device asked for and what became of it; pages, polling answers and tokens are others'.
"""

import secrets
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from idp.foundation.releases import made_of
from idp.foundation.storage import ShortLivedStore
from idp.tokens.codes import AuthorizationCode, hash_token, read_code

USER_CODE_ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628 §6.1: no vowels, so no words; 20^8 codes make guessing hopeless within their life."""
USER_CODE_LENGTH: Final = 8
KEPT_LONGER: Final = 300
"""Seconds an expired record stays, so that the device hears expired_token, not invalid_grant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """What a device asked for. `approved` is what its person gave; instants in seconds.

    `key` names the record in the store, and `user_key` that of its user code: hashes, no codes.
    """

    key: str
    user_key: str
    client_id: str
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    expires_at: int
    refused: bool = False
    approved: AuthorizationCode | None = None

    @property
    def is_pending(self) -> bool:
        return not self.refused and self.approved is None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodes:
    """`ttl` and `interval` (between two polls) in seconds. Every method raises StoreUnavailable."""

    store: ShortLivedStore
    ttl: int
    interval: int

    def issue(
        self, *, client_id: str, scope: tuple[str, ...], resources: tuple[str, ...], now: int
    ) -> tuple[str, str]:
        """A device code of 256 random bits, and a user code nobody else holds now."""
        device_code = secrets.token_urlsafe(32)
        key = device_key(device_code)
        while True:
            user_code = "".join(secrets.choice(USER_CODE_ALPHABET) for _ in range(USER_CODE_LENGTH))
            user_key = _user_key(user_code)
            if self.store.add(user_key, key.encode(), ttl=self.ttl):
                break
        asked = DeviceRequest(
            key=key,
            user_key=user_key,
            client_id=client_id,
            scope=scope,
            resources=resources,
            expires_at=now + self.ttl,
        )
        self.store.put(key, _write(asked), ttl=self.ttl + KEPT_LONGER)
        return device_code, f"{user_code[:4]}-{user_code[4:]}"

    def of_user_code(self, typed: str, *, now: int) -> DeviceRequest | None:
        """The pending request behind a user code as a person typed it, else None."""
        user_code = normal_user_code(typed)
        if len(user_code) != USER_CODE_LENGTH:
            return None
        key = self.store.get(_user_key(user_code))
        asked = None if key is None else self.get(key.decode())
        if asked is None or not asked.is_pending or asked.expires_at <= now:
            return None
        return asked

    def of_device_code(self, device_code: str) -> DeviceRequest | None:
        return self.get(device_key(device_code))

    def get(self, key: str) -> DeviceRequest | None:
        record = self.store.get(key)
        return None if record is None else _read(record)

    def conclude(
        self, asked: DeviceRequest, *, approved: AuthorizationCode | None, now: int
    ) -> bool:
        """Approve, or refuse with None, once; False when it was concluded or expired before."""
        if asked.expires_at <= now:
            return False
        concluded = DeviceRequest(
            key=asked.key,
            user_key=asked.user_key,
            client_id=asked.client_id,
            scope=asked.scope,
            resources=asked.resources,
            expires_at=asked.expires_at,
            refused=approved is None,
            approved=approved,
        )
        ttl = asked.expires_at - now + KEPT_LONGER
        won = self.store.replace(asked.key, _write(asked), _write(concluded), ttl=ttl)
        if won:
            self.store.delete(asked.user_key)
        return won

    def is_polled_too_fast(self, asked: DeviceRequest, *, now: int) -> bool:
        """Count a poll. RFC 8628 §3.5: too soon adds 5 seconds to the interval, for good."""
        key = f"{asked.key}:poll"
        record = self.store.get(key)
        interval, next_at = orjson.loads(record) if record else (self.interval, 0)
        too_fast = now < next_at
        if too_fast:
            interval += 5
        self.store.put(key, orjson.dumps([interval, now + interval]), ttl=self.ttl)
        return too_fast


def normal_user_code(typed: str) -> str:
    """RFC 8628 §6.1: case, punctuation and width are forgiven; other characters are dropped."""
    folded = unicodedata.normalize("NFKC", typed[:64]).upper()
    return "".join(letter for letter in folded if letter in USER_CODE_ALPHABET)


def device_key(device_code: str) -> str:
    """Where a device's record lies."""
    return "device:" + _digest(device_code)


def _user_key(user_code: str) -> str:
    return "usercode:" + _digest(user_code)


def _digest(value: str) -> str:
    return urlsafe_b64encode(hash_token(value)).rstrip(b"=").decode()


def _write(asked: DeviceRequest) -> bytes:
    return orjson.dumps(asked)


def _read(record: bytes) -> DeviceRequest:
    values: dict[str, Any] = orjson.loads(record)
    approved: Mapping[str, Any] | None = values.pop("approved")
    for name in ("scope", "resources"):
        values[name] = tuple(values[name])
    code = None if approved is None else read_code(orjson.dumps(approved))
    return made_of(DeviceRequest, {**values, "approved": code})
