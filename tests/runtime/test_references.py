"""The generated references: complete, and checked."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from deploy.management.commands import reference
from deploy.reference.configuration import configuration
from deploy.reference.endpoint_words import WORDS
from deploy.reference.endpoints import endpoints
from deploy.reference.errors import errors
from deploy.settings.environment import variables_of
from idp.conf import ProviderSettings


def test_configuration_names_every_variable_with_its_meaning() -> None:
    page = configuration()
    for variable in variables_of(ProviderSettings):
        (row,) = [line for line in page.splitlines() if f"`{variable.name}`" in line]
        assert len(row.split("|")[4].strip()) > 5


def test_errors_name_every_registered_code_once() -> None:
    page = errors()
    assert page.count("`invalid_grant`") == 1
    assert "TX001" in page


def test_every_address_says_what_it_is_for() -> None:
    rows = [line.split(" | ") for line in endpoints().splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows if len(row) < 2 or len(row[1]) < 8] == []
    assert WORDS.keys() <= {row[0].strip("| `") for row in rows}


def test_reference_check_names_stale_pages_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "_FOLDER", tmp_path / "reference")
    with pytest.raises(CommandError, match=r"configuration\.md"):
        call_command("reference", "--check")
    assert not (tmp_path / "reference").exists()
    call_command("reference", stdout=io.StringIO())
    call_command("reference", "--check", stdout=io.StringIO())
