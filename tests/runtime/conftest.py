"""What the runtime's tests share: provider settings to vary."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from idp.conf import Profile, ProviderSettings, Secret

SAFE = ProviderSettings(
    profile=Profile.PRODUCTION,
    issuer="https://id.city.example",
    root_key=Secret(b"r" * 43),
    blind_index_key=Secret(b"b" * 43),
    pairwise_salt=Secret(b"p" * 43),
)


@pytest.fixture
def production() -> Callable[..., ProviderSettings]:
    """Make safe production settings, with what a test changes."""

    def with_changes(**changes: Any) -> ProviderSettings:
        return replace(SAFE, **changes)

    return with_changes
