"""The settings page: what is in force and from where, and never a secret."""

from dataclasses import replace

import pytest
from django.conf import settings as django_settings

from deploy.composition.settings_in_force import settings_in_force
from deploy.settings.environment import variables_of
from idp.conf import Alerts, ProviderSettings, Secret
from idp.staff.roles import Role
from tests.console.conftest import Desk, words

pytestmark = pytest.mark.requirement("R18")
KEY = Secret(b"k" * 43)


def test_every_setting_has_its_value_and_source_when_they_are_told() -> None:
    made: ProviderSettings = replace(
        django_settings.PROVIDER,
        alerts=Alerts(webhook="https://robot.example/send?key=abc", webhook_key=KEY),
        initial_access_tokens=("a" * 64,),
    )
    given = {"TONGXING_ALERTS_WEBHOOK": "x", "TONGXING_ALERTS_WEBHOOK_KEY_FILE": "/run/k"}
    told = {each.name: each for each in settings_in_force(made, given)}
    assert set(told) == {each.name for each in variables_of(ProviderSettings)}
    webhook = told["TONGXING_ALERTS_WEBHOOK"]
    assert (webhook.value, webhook.source) == ("https://robot.example/…", "environment")
    key = told["TONGXING_ALERTS_WEBHOOK_KEY"]
    assert (key.value, key.is_set, key.source) == (None, True, "file")
    assert told["TONGXING_INITIAL_ACCESS_TOKENS"].value is None
    assert told["TONGXING_LIFETIMES_CODE_TTL"].source == "default"
    assert told["TONGXING_LIFETIMES_CODE_TTL"].value == "60"
    assert told["TONGXING_ISSUER"].source == "profile"
    assert told["TONGXING_CONSOLE_ATTESTED_PASSKEYS"].value == "false"
    assert told["TONGXING_BRANDING_CITY_EN"].value == made.branding.city.en


@pytest.mark.django_db
def test_page_shows_what_is_in_force_and_no_secret_when_it_is_read(desk: Desk) -> None:
    browser = desk.seat(Role.SUPERVISOR)
    page = words(browser.get("/console/settings?q=ROOT_KEY"))
    assert "TONGXING_ROOT_KEY set, not shown profile" in page
    assert "the connectors file, then a restart" in page
    export = browser.get("/console/settings?format=csv").content.decode()
    secret = django_settings.PROVIDER.root_key.reveal().decode()
    assert secret not in export
    assert "TONGXING_ISSUER" in export
    assert "0 entries" in words(browser.get("/console/settings?status=file"))
    assert desk.seat(Role.DEPARTMENT).get("/console/settings").status_code == 403
