"""Facts for the policy tests: an ordinary sign-in, of which each test changes what it is about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts

ORDINARY = Facts(
    subject=SubjectFacts(person_id="p-1", ial=2, aal=1, status="active"),
    client=ClientFacts(
        client_id="portal",
        classification="general",
        channel="web",
        minimum_ial=1,
        minimum_aal=1,
        allowed_channels=frozenset({"web", "app"}),
        status="active",
    ),
    request=RequestFacts(channel="web", hour=10, now_epoch=1_790_000_000, session_age_s=60),
)


@pytest.fixture
def facts() -> Callable[..., Facts]:
    def with_changes(
        *,
        subject: dict[str, Any] | None = None,
        client: dict[str, Any] | None = None,
        request: dict[str, Any] | None = None,
    ) -> Facts:
        return Facts(
            subject=replace(ORDINARY.subject, **(subject or {})),
            client=replace(ORDINARY.client, **(client or {})),
            request=replace(ORDINARY.request, **(request or {})),
        )

    return with_changes
