"""The rooms a token passes through, composed for a test."""

from collections.abc import Iterator

import pytest

from idp.foundation.database import Database
from idp.foundation.storage import ValkeyStore
from tests.tokens.house import House


@pytest.fixture
def house(store: ValkeyStore, database: Database) -> Iterator[House]:
    """Real tables, a real store, a clock that is set."""
    built = House(store, database)
    yield built
    built.feed.stop()
