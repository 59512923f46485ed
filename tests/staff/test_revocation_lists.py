"""Certificates that their authority took back, and lists that say nothing: none is taken."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from pytest_django.fixtures import Settings

from idp.staff.revocation_lists import RevocationLists
from idp.subjects.authenticators.kinds import NotTaken, Refusal
from tests.certificates import Authority
from tests.staff.conftest import Office
from tests.staff.test_certificates import enrolled, opens
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R18")]


@pytest.fixture
def crl(settings: Settings, city_ca: Authority, tmp_path: Path) -> Path:
    """Where the lists are read from; named before `office`, which opens with it."""
    del city_ca
    file = tmp_path / "staff.crl"
    wish = replace(settings.PROVIDER.console, certificate_revocations_file=str(file))
    settings.PROVIDER = replace(settings.PROVIDER, console=wish)
    return file


def test_certificate_signs_in_until_its_authority_takes_it_back(
    crl: Path, city_ca: Authority, office: Office
) -> None:
    """RFC 5280 §6.3: the serial stands on a list of the certificate's own issuer."""
    now = office.clock.now()
    mine, lost = (city_ca.issue(at=now) for _ in range(2))
    crl.write_bytes(city_ca.revoking(lost, at=now))
    enrolled(office, mine)
    assert opens(office, mine)
    with pytest.raises(NotTaken) as refused:
        enrolled(office, lost, "wang")
    assert refused.value.reason is Refusal.REVOKED
    crl.write_bytes(city_ca.revoking(lost, mine, at=now, form=Encoding.DER))
    assert not opens(office, mine)
    assert detail(events("staff.refused")[-1])["reason"] == "certificate:revoked"


def test_list_of_another_authority_beside_it_changes_nothing(
    crl: Path, city_ca: Authority, office: Office
) -> None:
    now = office.clock.now()
    mine = city_ca.issue(at=now)
    crl.write_bytes(Authority(name="Another").revoking(mine, at=now) + city_ca.revoking(at=now))
    enrolled(office, mine)
    assert opens(office, mine)


SILENT: dict[str, Callable[[Authority, Office], bytes]] = {
    "is over": lambda ca, office: ca.revoking(at=office.clock.now(), hours=0),
    "is of tomorrow": lambda ca, office: ca.revoking(at=office.clock.now() + timedelta(days=1)),
    "is another's": lambda _ca, office: Authority(name="Another").revoking(at=office.clock.now()),
    "is a namesake's": lambda ca, office: Authority(name=ca.name).revoking(at=office.clock.now()),
    "is partial": lambda ca, office: ca.revoking(at=office.clock.now(), is_partial=True),
    "is half written": lambda ca, office: ca.revoking(at=office.clock.now())[:-60],
    "is empty": lambda _ca, _office: b"",
}


@pytest.mark.parametrize("made", SILENT.values(), ids=SILENT)
def test_no_certificate_is_taken_when_the_list(
    made: Callable[[Authority, Office], bytes], crl: Path, city_ca: Authority, office: Office
) -> None:
    """What cannot be checked is not taken; RFC 5280 §5.2 for lists one does not understand."""
    now = office.clock.now()
    mine = city_ca.issue(at=now)
    crl.write_bytes(city_ca.revoking(at=now))
    enrolled(office, mine)
    crl.write_bytes(made(city_ca, office))
    assert not opens(office, mine)
    assert detail(events("staff.refused")[-1])["reason"] == "certificate:unchecked"
    lists = RevocationLists(crl, [load_pem_x509_certificate(city_ca.own())])
    assert lists.problem(now=now)
    crl.unlink()
    assert not opens(office, mine)
    assert lists.problem(now=now) == "it cannot be read"
    crl.write_bytes(city_ca.revoking(at=now))
    assert opens(office, mine)
    assert lists.problem(now=now) == ""
