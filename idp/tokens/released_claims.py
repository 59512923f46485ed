"""The values of the claims a grant releases, read at the moment they are asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from idp.clients.client import Client
from idp.foundation.clock import Clock
from idp.foundation.sealing.data_keys import KeyDestroyed
from idp.tokens.grant import Grant
from idp.tokens.refusals import GrantRefused

RESERVED = frozenset(
    {
        *(
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "nbf",
            "jti",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "azp",
        ),
        *("sid", "at_hash", "c_hash", "s_hash"),
    }
)
"""Claims about the token or the authentication: never a person's claim of the same name."""


class ClaimsSource(Protocol):
    """The part of subjects.ClaimsReader used here."""

    def read(
        self, person_id: UUID, names: Collection[str], *, now: datetime, is_statutory: bool = False
    ) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedClaims:
    source: ClaimsSource
    clock: Clock

    def read(self, client: Client, grant: Grant, names: Collection[str]) -> dict[str, object]:
        """The claims of `names` that are known; statutory ones only where the client has the basis.

        Raises:
            GrantRefused: the person was erased.
        """
        if not names:
            return {}
        try:
            found = self.source.read(
                grant.person_id,
                names,
                now=self.clock.now(),
                is_statutory=client.legal_basis == "statutory_duty",
            )
        except (ObjectDoesNotExist, KeyDestroyed) as problem:
            raise GrantRefused("the person was erased") from problem
        return {name: value for name, value in found.items() if name not in RESERVED}
