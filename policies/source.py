"""One version of the policies as text: what holds for every client, and what for one alone.

Also gives the policies this package ships with; where versions are kept and who may change them
is left to `idp` and the console.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySource:
    """Cedar text for all clients, and additions by `client_id` that only those clients meet."""

    shared: str
    by_client: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def for_client(self, client_id: str) -> str:
        """The whole text that decides for this client."""
        own = self.by_client.get(client_id, "")
        return f"{self.shared}\n{own}" if own else self.shared

    @property
    def digest(self) -> str:
        """SHA-256 over all texts and whose they are, in hexadecimal: what a version is known by."""
        state = hashlib.sha256()
        for client_id, text in (("", self.shared), *sorted(self.by_client.items())):
            for part in (client_id, text):
                raw = part.encode()
                state.update(len(raw).to_bytes(8, "big") + raw)
        return state.hexdigest()


def default_policies() -> PolicySource:
    """The policies a new installation starts with."""
    return PolicySource(shared=_shipped("defaults.cedar"))


def cautious_policies() -> PolicySource:
    """The same, and those that ask more of sign-ins at high risk: a city puts them in force."""
    return PolicySource(shared=f"{_shipped('defaults.cedar')}\n{_shipped('risk.cedar')}")


def _shipped(name: str) -> str:
    return resources.files("policies").joinpath(name).read_text(encoding="utf-8")
