"""Policies, decisions, devices and connectors over the API; a change of the policies takes two."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.channels.connector_terms import VERIFICATION, Override, put_override
from idp.channels.devices import NewDevice
from idp.staff.roles import Role
from policies.decision import Forbid, Permit
from policies.source import default_policies
from tests.management.conftest import Api, problem
from tests.policies.conftest import facts
from tests.signing_devices import SigningDevice
from tests.trail import events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
EXTRA = '\n@id("api-extra")\nforbid(principal, action, resource) when { context.hour == 3 };\n'


def proposed(api: Api, texts: dict[str, str], reason: str = "at night") -> Any:
    given = {"texts": texts, "reason": reason}
    return api.ask(Role.SYSTEM, "POST", "/policies/proposals", given)


def approved(api: Api, proposal: Any, sha256: str) -> Any:
    path = f"/policies/proposals/{proposal['id']}/approval"
    return api.ask(Role.SECURITY, "POST", path, {"diff_sha256": sha256})
