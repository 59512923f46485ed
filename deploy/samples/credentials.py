"""The samples' client credentials: made on first use, kept in the data directory, never shipped."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

FILE_NAME = "samples.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCredentials:
    """Secrets by client_id; both the seeder and the samples read the same file."""

    secrets_by_client: dict[str, str] = field(repr=False)

    def secret_of(self, client_id: str) -> str:
        return self.secrets_by_client[client_id]


def load_or_create(data: Path, client_ids: tuple[str, ...]) -> SampleCredentials:
    """Read the file, adding what is missing; readable by its owner alone."""
    path = data / FILE_NAME
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [client_id for client_id in client_ids if client_id not in known]
    if missing:
        known |= {client_id: secrets.token_urlsafe(32) for client_id in missing}
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(known, file)
    return SampleCredentials(secrets_by_client=known)
