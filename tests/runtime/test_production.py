"""What the production profile refuses, and how Django's checks report it."""

from collections.abc import Callable
from typing import Any

import pytest

from deploy.production import UnsafeConfigurationError, refusals, require_safe
from idp.conf import Alerts, LocalizedName, Profile, ProviderSettings, Secret

Make = Callable[..., ProviderSettings]
KEY = Secret(b"x" * 43)


@pytest.mark.parametrize(
    ("finding", "changes"),
    [
        ("TX001", {"issuer": "http://id.city.example"}),
        ("TX002", {"sandbox_url": "http://127.0.0.1:8001"}),
        ("TX003", {"personas": True}),
        ("TX004", {"registration_open": True}),
        ("TX005", {"pairwise_salt": Secret(b"development." + b"x" * 43)}),
        ("TX006", {"issuer": "https://id.city.example/"}),
        ("TX007", {"alerts": Alerts(webhook="http://soc.city.example/in", webhook_key=KEY)}),
        ("TX007", {"alerts": Alerts(webhook="https://soc.city.example/in")}),
    ],
)
def test_production_refuses_to_start_when_configuration_is_unsafe(
    production: Make, finding: str, changes: dict[str, Any]
) -> None:
    settings = production(**changes)
    assert [one.id for one in refusals(settings)] == [finding]
    with pytest.raises(UnsafeConfigurationError, match=finding):
        require_safe(settings)


def test_production_starts_when_nothing_is_unsafe(production: Make) -> None:
    require_safe(production())
    assert refusals(production()) == ()


def test_development_starts_when_everything_is_made_up(production: Make) -> None:
    settings = production(profile=Profile.DEVELOPMENT, issuer="http://127.0.0.1", personas=True)
    require_safe(settings)


def test_system_check_reports_refusals_when_production_is_unsafe(
    production: Make, settings: Any
) -> None:
    from deploy.checks import production_refusals

    settings.PROVIDER = production(personas=True)
    (error,) = production_refusals()
    assert error.id == "deploy.TX003"
    assert error.is_serious()


def test_secret_shows_nothing_when_printed() -> None:
    secret = Secret(b"very secret indeed")
    assert "very" not in f"{secret} {secret!r}"
    assert secret == Secret(b"very secret indeed")
    assert hash(secret) == hash(Secret(b"very secret indeed"))
    with pytest.raises(TypeError):
        secret.__reduce__()


@pytest.mark.parametrize(
    ("language", "name"), [("zh-hans", "简"), ("zh-hant", "繁"), ("en", "E"), ("fr", "简")]
)
def test_localized_name_falls_back_to_simplified_when_language_is_unknown(
    language: str, name: str
) -> None:
    assert LocalizedName(zh_hans="简", zh_hant="繁", en="E").in_language(language) == name


def test_cookie_names_are_host_bound_when_issuer_is_https(production: Make) -> None:
    assert production().cookie_name("sid") == "__Host-sid"
    assert production(issuer="http://127.0.0.1:8000").cookie_name("sid") == "tongxing_sid"
    assert production().host == "id.city.example"
    assert production().address("/x") == "https://id.city.example/x"
