"""Sealed fields: ciphers, root keys, a data key for each person, blind indexes, masked values.

Which fields are sealed, for which purpose, and a value's normal form belong to the rooms that hold
them.
"""

from idp.foundation.sealing.blind_index import BlindIndex
from idp.foundation.sealing.data_keys import DataKeys, KeyDestroyed, NoDataKey
from idp.foundation.sealing.providers import (
    PROVIDERS,
    AesGcmProvider,
    CryptoProvider,
    SealBroken,
    Sm4GcmProvider,
)
from idp.foundation.sealing.purposes import purpose_key
from idp.foundation.sealing.sealer import OpenKey, RootKeys, Sealer
from idp.foundation.sealing.secret import Secret

__all__ = [
    "PROVIDERS",
    "AesGcmProvider",
    "BlindIndex",
    "CryptoProvider",
    "DataKeys",
    "KeyDestroyed",
    "NoDataKey",
    "OpenKey",
    "RootKeys",
    "SealBroken",
    "Sealer",
    "Secret",
    "Sm4GcmProvider",
    "purpose_key",
]
