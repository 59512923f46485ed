"""What a warm start may skip, and what makes it ask again."""

from pathlib import Path

import pytest

from deploy.runtime.prepared import forget, is_prepared, remember
from deploy.settings.locations import Locations

TOLD = {"TONGXING_PORT": "8000", "HOME": "/somewhere"}


@pytest.fixture
def place(tmp_path: Path) -> Locations:
    place = Locations(data=tmp_path)
    place.database.touch()
    remember(place, TOLD)
    return place


def test_preparing_is_skipped_when_nothing_changed(place: Locations) -> None:
    assert is_prepared(place, {**TOLD, "HOME": "/elsewhere"})


@pytest.mark.parametrize(
    "told", [{"TONGXING_PORT": "9000"}, {**TOLD, "DATABASE_URL": "postgres://x/y"}]
)
def test_preparing_is_not_skipped_when_the_deployment_is_another(
    place: Locations, told: dict[str, str]
) -> None:
    assert not is_prepared(place, told)


def test_preparing_is_not_skipped_when_the_database_is_another(place: Locations) -> None:
    place.database.rename(place.data / "old")
    assert not is_prepared(place, TOLD)
    place.database.touch()
    assert not is_prepared(place, TOLD)


def test_preparing_is_not_skipped_when_it_was_forgotten(place: Locations) -> None:
    forget(place)
    assert not is_prepared(place, TOLD)
