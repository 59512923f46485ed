"""The token rooms, composed for a test."""

from collections.abc import Iterator

import pytest

from idp.foundation.storage import ValkeyStore
from tests.tokens.house import House, build_house


@pytest.fixture
def house(transactional_db: None, store: ValkeyStore) -> Iterator[House]:
    """Real tables, a real store, a clock that is set."""
    del transactional_db
    built = build_house(store)
    yield built
    built.feed.stop()
    built.database.close()
