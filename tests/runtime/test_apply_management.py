"""The section `clients` lets a client into the management API, and nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from idp.clients.models import ClientRow
from idp.clients.reading import read_client
from tests.runtime.test_apply_sections import Rooms, apply, problems, rooms, write

__all__ = ["rooms", "write"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
ADMINISTERING = """\
clients:
  - client_id: city-automation
    grant_types: [client_credentials]
    client_secret_file: secret
    management_role: system
    scope: tongxing.clients:read tongxing.clients:write
    resources: [RESOURCE]
"""
Write = Callable[[str], Path]


@pytest.fixture
def text(rooms: Rooms) -> str:
    section = rooms.sections["clients"]
    issuer = section._rules.server_metadata["issuer"]  # type: ignore[attr-defined]
    return ADMINISTERING.replace("RESOURCE", f"{issuer}/api/v1")


def test_client_is_declared_with_its_role(rooms: Rooms, write: Write, text: str) -> None:
    apply(rooms, write(text))
    row = ClientRow.objects.get(client_id="city-automation")
    assert row.settings == {"management_role": "system"}
    assert read_client(row).management_role == "system"
    assert apply(rooms, write(text)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "    management_role: system\n",
            "",
            "scope: tongxing.clients:read goes with a management",
        ),
        ("role: system", "role: root", "management_role: expected one of system, security"),
        ("role: system", "role: department", "department: is needed"),
        ("client_id: city-automation", f"client_id: {'c' * 65}", "client_id: at most 64"),
        ("[client_credentials]", "[refresh_token]", "grant_types: client_credentials is needed"),
        ("/api/v1", "/api/v2", "resources: "),
        ("tongxing.clients:write", "tongxing.keys:writ", "tongxing.keys:writ is none of the role"),
        ("tongxing.clients:write", "tongxing.people:write", "is none of the role system"),
        ("    scope: tongxing.clients:read tongxing.clients:write\n", "", "scope: names what it"),
        ("role: system\n", "role: system\n    is_resource_server: true\n", "the provider's own"),
    ],
)
def test_client_is_refused_with_what_is_wrong_about_its_role(
    rooms: Rooms, write: Write, text: str, *, old: str, new: str, said: str
) -> None:
    assert old in text
    assert said in problems(rooms, write(text.replace(old, new)))
    assert not ClientRow.objects.exists()
