"""`manage.py doctor`: each finding has an id and says how to mend it."""

import io
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from connectors.lens import lens
from connectors.registry import TEXT_TEMPLATES
from connectors.sms.settings import for_sandbox as sms
from connectors.sms_tencent.settings import for_sandbox as sms_tencent
from deploy import doctor
from deploy.composition.connectors_file import templates_lacking
from deploy.house import House, Probe
from deploy.settings.locations import Locations
from idp.conf import Authentication, Console, ProviderSettings
from idp.foundation.clock import SystemClock
from tests.certificates import Authority

Make = Callable[..., ProviderSettings]


CONNECTORS = """
population_library: {base_url: "https://library.example", app_id: city, app_secret: s}
sms:
  base_url: https://sms.example
  access_key_id: k
  access_key_secret: s
  sign_name: n
  templates:
    verification_code.zh-Hans: SMS_1
    security_notice.zh-Hans: SMS_2
    contact_code.zh-Hans: SMS_3
    contact_notice.zh-Hans: SMS_4
"""
TENCENT = """
  - kind: sms_tencent
    settings:
      base_url: https://sms.example
      secret_id: k
      secret_key: s
      sdk_app_id: "1"
      sign_name: n
      templates: {verification_code.zh-Hans: "1", security_notice.zh-Hans: "2"}
"""
LACKING = (
    "Messages that reach nobody, for the connectors file lacks "
    "sms.settings.templates.contact_code.zh-Hans."
)


def ids(house: House) -> list[str]:
    return [finding.id for finding in doctor.examine(house)]


@pytest.fixture
def place(tmp_path: Path, settings: Any) -> Locations:
    """A data directory of the test's own, and databases that production may have."""
    place = Locations(data=tmp_path / "data")
    place.create()
    settings.LOCATIONS = place
    settings.REDIS_URL = "redis://store.example:6379/0"
    settings.DATABASE_URL = "postgres://database.example/tongxing"
    return place


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_finds_nothing_when_all_is_well(production: Make, tmp_path: Path) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text(CONNECTORS, encoding="utf-8")
    chosen = production(trusted_proxies=(ip_network("10.0.0.0/8"),), connectors_file=str(file))
    assert ids(House(settings=chosen)) == []


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_says_entry_and_field_when_the_connectors_file_is_wrong(
    production: Make, tmp_path: Path
) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text(CONNECTORS.replace("app_secret", "app_secrets"), encoding="utf-8")
    chosen = production(trusted_proxies=(ip_network("10.0.0.0/8"),), connectors_file=str(file))
    (finding,) = doctor.examine(House(settings=chosen))
    assert (finding.id, finding.problem) == (
        "TX120",
        "Connectors file: population_library.settings.app_secrets: unknown setting.",
    )


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_names_the_messages_that_a_gateway_has_no_template_for(
    production: Make, tmp_path: Path
) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text(CONNECTORS.replace("contact_code.zh-Hans", "contact_code.en"), encoding="utf-8")
    chosen = production(trusted_proxies=(ip_network("10.0.0.0/8"),), connectors_file=str(file))
    (finding,) = doctor.examine(House(settings=chosen))
    assert (finding.id, finding.problem) == ("TX113", LACKING)


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("workers", ["1", "20"])
def test_doctor_says_how_many_connections_the_database_lacks(
    workers: str, production: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text(CONNECTORS, encoding="utf-8")
    chosen = production(trusted_proxies=(ip_network("10.0.0.0/8"),), connectors_file=str(file))
    monkeypatch.setenv("TONGXING_WORKERS", workers)
    lacks = connection.vendor == "postgresql" and workers == "20"
    found = doctor.examine(House(settings=chosen))
    assert [finding.id for finding in found] == (["TX114"] if lacks else [])
    assert all("may ask for 714" in finding.problem for finding in found)


def test_sandbox_gateways_know_every_message_and_no_other() -> None:
    """What is sent anywhere goes through them in tests: a new message has to be declared."""
    for known in (sms("https://s.example"), sms_tencent("https://s.example")):
        assert {name.rpartition(".")[0] for name in known.templates} == set(TEXT_TEMPLATES)
        assert known.lacking(TEXT_TEMPLATES) == ()


def test_gateway_lacks_no_template_for_people_it_does_not_serve(
    tmp_path: Path, production: Make
) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text(f"delivery:{TENCENT}", encoding="utf-8")
    assert templates_lacking(production(connectors_file=str(file))) == (
        "delivery[1] (sms_tencent).settings.templates.contact_code.zh-Hans",
        "delivery[1] (sms_tencent).settings.templates.contact_notice.zh-Hans",
    )


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_names_each_thing_when_much_is_wrong(
    production: Make, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "unix:///somewhere"
    monkeypatch.setenv("TONGXING_ISUER", "https://typing.example")
    down = Probe(name="store", check=lambda: "does not answer")
    house = House(settings=production(personas=True), probes=(down,))
    assert ids(house) == ["TX003", "TX101", "TX103", "TX106", "TX107", "TX108", "TX108"]


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_warns_when_certificates_of_staff_reach_nobody(production: Make) -> None:
    console = Console(certificate_issuers_file="/etc/tongxing/staff-ca.pem")
    assert "TX109" in ids(House(settings=production(console=console)))
    told = production(console=console, trusted_proxies=(ip_network("10.0.0.0/8"),))
    assert "TX109" not in ids(House(settings=told))


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_warns_when_revocations_of_staffs_certificates_cannot_be_checked(
    production: Make, tmp_path: Path
) -> None:
    city_ca, now = Authority(), SystemClock().now()
    issuers, lists = tmp_path / "ca.pem", tmp_path / "ca.crl"
    issuers.write_bytes(city_ca.own())
    named = Console(certificate_issuers_file=str(issuers), certificate_revocations_file=str(lists))
    house = House(settings=production(console=named))
    assert "TX111" in ids(house)
    lists.write_bytes(city_ca.revoking(at=now))
    assert "TX111" not in ids(house)
    lists.write_bytes(city_ca.revoking(at=now, hours=0))
    assert "TX111" in ids(house)


@pytest.mark.django_db
@pytest.mark.storage
def test_doctor_warns_when_others_can_read_secrets(production: Make, place: Locations) -> None:
    place.data.chmod(0o755)
    for file in (place.secrets, place.database):
        file.touch(mode=0o644)
        file.chmod(0o644)
    assert ids(House(settings=production()))[:2] == ["TX104", "TX104"]
    place.data.chmod(0o700)
    place.secrets.chmod(0o600)
    assert "TX104" not in ids(House(settings=production()))


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_warns_when_the_disk_is_nearly_full(
    production: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    assert "TX105" in ids(House(settings=production()))


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_says_so_when_faces_are_to_be_compared_without_the_extra(
    production: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = production(authentication=Authentication(local_faces=True))
    assert "TX110" not in ids(House(settings=chosen))
    monkeypatch.setattr(lens, "find_spec", lambda _name: None)
    assert "TX110" in ids(House(settings=chosen))
    assert "TX110" not in ids(House(settings=production()))


@pytest.mark.django_db
@pytest.mark.storage
@pytest.mark.usefixtures("place")
def test_doctor_says_so_when_faces_sign_in_and_nobody_compares_them(production: Make) -> None:
    chosen = production(authentication=Authentication(kinds=("sms", "face")))
    assert "TX112" in ids(House(settings=chosen))
    assert "TX112" not in ids(House(settings=production()))


@pytest.mark.django_db
@pytest.mark.storage
def test_doctor_says_so_when_migrations_are_missing(production: Make) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.all().delete()
    assert "TX102" in ids(House(settings=production()))


@pytest.mark.django_db
@pytest.mark.storage
def test_doctor_command_fails_when_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGXING_NO_SUCH", "1")
    output = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=output)
    assert "TX103  TONGXING_NO_SUCH" in output.getvalue()
