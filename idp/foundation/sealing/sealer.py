"""Owns the form of sealed values and the root keys that open them.

A sealed value: version, provider, length of the key's id, the id, nonce, ciphertext and tag. Whose
data it is and what for is bound in as associated data, so a value copied to another row or column
does not open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.foundation.sealing.providers import PROVIDERS, CryptoProvider, SealBroken

_VERSION: Final = 1
_ROOT_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenKey:
    """A data key in the clear, for as long as one operation needs it.

    ``key_id`` is at most 255 ASCII characters.
    """

    key_id: str
    material: bytes = field(repr=False)
    derived: dict[int, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By provider, once derived: as short-lived as the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKeys:
    """The keys everything else is sealed under: new values use ``active``, old ones name theirs."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.active not in self.keys:
            raise ValueError("the active root key is not among the root keys")
        for key_id, material in self.keys.items():
            if len(material) < _ROOT_BYTES:
                raise ValueError(f"root key {key_id} is shorter than {_ROOT_BYTES} bytes")


class Sealer:
    """Seals and opens bytes under the root keys, or under a data key handed in."""

    __slots__ = ("_derived", "_provider", "_roots")

    def __init__(self, roots: RootKeys, *, provider: str = "aes-gcm") -> None:
        """``provider`` seals new values; values of any known provider open."""
        self._roots = roots
        self._provider = PROVIDERS[provider]
        self._derived: dict[tuple[str, int], bytes] = {}

    def seal(
        self, plaintext: bytes, *, purpose: str, owner: str = "", key: OpenKey | None = None
    ) -> bytes:
        """A sealed value that opens only for the same ``purpose`` and ``owner``."""
        key_id = key.key_id if key else self._roots.active
        material = self._material(key, key_id, self._provider)
        header = bytes((_VERSION, self._provider.number, len(key_id))) + key_id.encode("ascii")
        aad = _associated(header, purpose, owner)
        return header + self._provider.encrypt(material, plaintext, aad)

    def sealing(self, key: OpenKey, *, owner: str) -> Callable[[bytes, str], bytes]:
        """`seal` for many values of one owner: plaintext, purpose → sealed value."""
        header = bytes((_VERSION, self._provider.number, len(key.key_id)))
        header += key.key_id.encode("ascii")
        before, behind = _framed(header), _framed(owner.encode())
        encrypt = self._provider.encryption(self._material(key, key.key_id, self._provider))

        def sealed(plaintext: bytes, purpose: str) -> bytes:
            return header + encrypt(plaintext, before + _framed(purpose.encode()) + behind)

        return sealed

    def unseal(
        self, sealed: bytes, *, purpose: str, owner: str = "", key: OpenKey | None = None
    ) -> bytes:
        """The plaintext; raises SealBroken when anything about the value or its place differs."""
        sealed = bytes(sealed)
        provider, key_id, end = _read_header(sealed)
        if key is None and key_id not in self._roots.keys:
            raise SealBroken("the value is sealed under a key this deployment does not hold")
        if key is not None and key.key_id != key_id:
            raise SealBroken("the value is sealed under another data key")
        material = self._material(key, key_id, provider)
        aad = _associated(sealed[:end], purpose, owner)
        return provider.decrypt(material, sealed[end:], aad)

    def _material(self, key: OpenKey | None, key_id: str, provider: CryptoProvider) -> bytes:
        if key is not None:
            derived = key.derived.get(provider.number)
            if derived is None:
                derived = key.derived[provider.number] = _derive(key.material, provider)
            return derived
        known = self._derived.get((key_id, provider.number))
        if known is None:
            known = _derive(self._roots.keys[key_id], provider)
            self._derived[key_id, provider.number] = known
        return known


def _derive(material: bytes, provider: CryptoProvider) -> bytes:
    """A key for this provider alone: no two algorithms ever share one."""
    info = b"tongxing sealing " + provider.name.encode()
    return HKDF(provider.digest(), provider.key_bytes, salt=None, info=info).derive(material)


def _read_header(sealed: bytes) -> tuple[CryptoProvider, str, int]:
    if len(sealed) < 3 or sealed[0] != _VERSION:
        raise SealBroken("this is no sealed value")
    provider = next((one for one in PROVIDERS.values() if one.number == sealed[1]), None)
    if provider is None:
        raise SealBroken("the value is sealed by an unknown provider")
    end = 3 + sealed[2]
    return provider, sealed[3:end].decode("ascii", "replace"), end


def _associated(header: bytes, purpose: str, owner: str) -> bytes:
    parts = (header, purpose.encode(), owner.encode())
    return b"".join(map(_framed, parts))


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part
