"""The sections `clients` and `people` over the real rooms, and the seeding of made-up people."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.apply.document import BadFileError
from deploy.apply.plan import carry_out, compare, declare
from deploy.apply.section import RefusedError, Section
from deploy.apply.sections.clients import ClientsSection
from deploy.apply.sections.people import PeopleSection
from idp.clients.metadata import MetadataRules
from idp.clients.models import ClientRow
from idp.clients.reading import read_client
from idp.clients.registrar import ClientRegistrar
from idp.conf import Profile, ProviderSettings
from idp.foundation.clock import SystemClock
from idp.foundation.sealing import BlindIndex, RootKeys, Sealer
from idp.foundation.sealing.data_keys import DataKeys
from idp.journey.accounts import build_contacts
from idp.protocols.oidc.discovery.metadata import server_metadata
from idp.subjects.documents import Documents
from idp.subjects.evidence import EvidenceChain
from idp.subjects.fields import PersonalFields
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Evidence, Person
from idp.subjects.passwords import Passwords
from idp.subjects.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

CLIENT = """\
clients:
  - client_id: tax
    client_name: {zh-Hans: 税务服务, zh-Hant: 稅務服務, en: Tax services}
    redirect_uris: [https://tax.example/callback]
    client_secret_file: secret
    department: tax-bureau
    minimum_acr: urn:tongxing:acr:ial2:aal1
    channels: [web, kiosk]
"""
PERSON = """\
people:
  - phone: "13800000999"
    password: Bailu-made-up-1
    name: 陈思远
    documents:
      - {type: resident_id_card, number: 11010519491231002X, valid_until: 2040-12-31}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    sections: dict[str, Section]
    people: People
    profile: Profile


def rooms_of(settings: ProviderSettings) -> Rooms:
    clock = SystemClock()
    sealer = Sealer(RootKeys(active="k1", keys={"k1": settings.root_key.reveal()}))
    index = BlindIndex(settings.blind_index_key.reveal())
    fields = PersonalFields(keys=DataKeys(sealer, clock=clock), sealer=sealer)
    chain = EvidenceChain(fields=fields, clock=clock)
    rules = MetadataRules(server_metadata=server_metadata(settings), http_allowed=False)
    people = People(
        fields=fields,
        index=index,
        passwords=Passwords(),
        chain=chain,
        contacts=build_contacts(fields, index, settings, clock),
        clock=clock,
    )
    documents = Documents(fields=fields, index=index, chain=chain, clock=clock)
    registrar = ClientRegistrar(rules=rules, sealer=sealer, clock=clock)
    return Rooms(
        sections={
            "clients": ClientsSection(registrar=registrar, rules=rules),
            "people": PeopleSection(
                people=people, documents=documents, profile=settings.profile, clock=clock
            ),
        },
        people=people,
        profile=settings.profile,
    )


@pytest.fixture
def rooms(production: Callable[..., ProviderSettings]) -> Rooms:
    return rooms_of(production(profile=Profile.DEVELOPMENT))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    (tmp_path / "secret").write_text("s" * 43, encoding="utf-8")
    (tmp_path / "short").write_text("s", encoding="utf-8")

    def file(text: str) -> Path:
        path = tmp_path / "city.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return file


def apply(rooms: Rooms, file: Path) -> list[str]:
    changes = compare(declare([file], rooms.sections), rooms.sections)
    carry_out(changes, rooms.sections)
    return [str(change) for change in changes]


def problems(rooms: Rooms, file: Path) -> str:
    with pytest.raises(BadFileError) as caught:
        compare(declare([file], rooms.sections), rooms.sections)
    return str(caught.value)


def test_clients_are_declared_once_and_then_only_compared(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    (created,) = apply(rooms, write(CLIENT))
    assert created.startswith("+ clients tax\n")
    assert "s" * 43 not in created
    row = ClientRow.objects.get(client_id="tax")
    assert row.metadata["client_name#zh-Hant"] == "稅務服務"
    assert row.settings == {
        "department": "tax-bureau",
        "minimum_acr": "urn:tongxing:acr:ial2:aal1",
        "channels": ["web", "kiosk"],
    }
    assert apply(rooms, write(CLIENT)) == []


def test_resource_has_one_owner_when_two_clients_are_declared_for_it(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    server = CLIENT + "    is_resource_server: true\n    resources: [https://api.tax.example/]\n"
    apply(rooms, write(server))
    assert apply(rooms, write(server)) == []
    other = write(server.replace("client_id: tax", "client_id: other"))
    assert "resources: https://api.tax.example/ belongs to tax" in problems(rooms, other)


def test_clients_show_what_differs_and_are_suspended_when_declared_so(
    rooms: Rooms, write: Callable[[str], Path], tmp_path: Path
) -> None:
    apply(rooms, write(CLIENT))
    (tmp_path / "secret").write_text("t" * 43, encoding="utf-8")
    changed = CLIENT.replace("tax-bureau", "tax-office").replace("/callback", "/cb")
    (change,) = apply(rooms, write(changed + "    status: suspended\n"))
    assert change.splitlines() == [
        "~ clients tax",
        "    redirect_uris: ['https://tax.example/callback'] → ['https://tax.example/cb']",
        "    department: tax-bureau → tax-office",
        "    status: active → suspended",
        "    client_secret: *** → ***",
    ]
    assert ClientRow.objects.get(client_id="tax").status == "suspended"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("redirect_uris:", "redirect_uri:", "city.yaml:4: clients[0].redirect_uri: is no client"),
        ("https://tax.example", "ftp://tax.example", "city.yaml:4: clients[0].redirect_uris:"),
        ("file: secret", "file: absent", "clients[0].client_secret_file: absent cannot be read"),
        ("file: secret", "file: short", "city.yaml:5: clients[0].client_secret_file: holds fewer"),
        ("    client_secret_file: secret\n", "", "client_secret_file: is needed for this"),
        ("ial2:aal1", "ial9:aal1", "city.yaml:7: clients[0].minimum_acr: expected"),
        ("[web, kiosk]", "web", "city.yaml:8: clients[0].channels: expected a list"),
        ("department: tax-bureau", "legal_basis: none", "legal_basis: expected one of consent"),
        ("department: tax-bureau", "status: gone", "status: expected one of active"),
        ("channels: [web, kiosk]", "provisions: [root]", "provisions: expected roles of staff"),
        ("client_id: tax", "client_uri: https://tax.example", "clients[0].client_id: is missing"),
    ],
    ids=lambda value: value.strip()[:30],
)
def test_clients_name_file_line_and_field_when_one_is_wrong(
    rooms: Rooms, write: Callable[[str], Path], old: str, new: str, problem: str
) -> None:
    assert problem in problems(rooms, write(CLIENT.replace(old, new)))
    assert not ClientRow.objects.exists()


PURPOSES = """\
    purposes:
      - id: insurance
        name: {zh-Hans: 参保登记, en: Insurance registration}
        claims: [name, document_number]
        basis: statutory_duty
        law: {zh-Hans: 《社会保险法》第五十八条}
        kept_days: 1825
      - id: notices
        name: {zh-Hans: 办理通知}
        claims: [phone_number]
"""


def test_client_may_keep_staff_in_the_roles_that_are_declared(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    apply(rooms, write(f"{CLIENT}    provisions: [supervisor, department]\n"))
    client = read_client(ClientRow.objects.get(client_id="tax"))
    assert client.provisions == {"supervisor", "department"}


def test_clients_have_purposes_with_ground_and_law_when_declared_so(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    apply(rooms, write(CLIENT + PURPOSES))
    client = read_client(ClientRow.objects.get(client_id="tax"))
    assert client.legal_basis == "statutory_duty"
    assert client.lawful_claims == {"name", "document_number"}
    insurance, notices = client.purposes
    assert insurance.law_in("en") == "《社会保险法》第五十八条"
    assert insurance.name_in("en") == "Insurance registration"
    assert (insurance.kept_days, notices.law_in("en"), notices.is_statutory) == (1825, "", False)
    assert apply(rooms, write(CLIENT + PURPOSES)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("id: notices", "id: insurance", "purposes[1]: insurance is declared twice"),
        ("statutory_duty", "habit", "purposes[0].basis: expected one of consent, statutory_duty"),
        (
            "law: {zh-Hans: 《社会保险法》第五十八条}",
            "law: {}",
            "purposes[0].law: names law and",
        ),
        ("zh-Hans: 办理通知", "en: Notices", "purposes[1].name: needs zh-Hans"),
        ("zh-Hans: 办理通知", "zh-Hans: 通知, fr: Avis", "purposes[1].name: fr is none of"),
        ("phone_number", "shoe_size", "purposes[1].claims: shoe_size is no claim"),
        ("        claims: [phone_number]\n", "", "purposes[1].claims: is missing"),
    ],
)
def test_purposes_name_what_is_wrong_with_them(
    rooms: Rooms, write: Callable[[str], Path], old: str, new: str, problem: str
) -> None:
    assert problem in problems(rooms, write(CLIENT + PURPOSES.replace(old, new)))


def test_clients_leave_a_registered_client_alone(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    apply(rooms, write(CLIENT))
    ClientRow.objects.update(origin="dynamic")
    assert "belongs to a client that is dynamic" in problems(rooms, write(CLIENT))


def test_people_are_declared_once_verified_and_with_their_password(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    (created,) = apply(rooms, write(PERSON))
    assert created.splitlines() == [
        "+ people +8613800000999",
        "    password: ***",
        "    document: resident_id_card",
    ]
    phone = TypedIdentifier(kind="phone", value="+8613800000999")
    assert rooms.people.check_password(phone, "Bailu-made-up-1")
    assert Evidence.objects.filter(identity_level=2, authority="declared").count() == 1
    assert apply(rooms, write(PERSON)) == []


def test_people_get_what_they_lack_when_declared_again(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    apply(rooms, write('people:\n  - phone: "13800000999"\n'))
    (change,) = apply(rooms, write(PERSON))
    assert change.startswith("~ people +8613800000999\n")
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"13800000999"', '"110"', "city.yaml:2: people[0].phone: is no mobile number"),
        ("Bailu-made-up-1", "short", "city.yaml:3: people[0].password: cannot be a password"),
        ("    name: 陈思远\n", "", "people[0].name: is needed where there are documents"),
        ("resident_id_card", "library_card", "documents: type library_card is unknown"),
        ("11010519491231002X", '"110105194912310021"', "the number of the resident_id_card cannot"),
    ],
    ids=lambda value: value.strip()[:30],
)
def test_people_name_file_line_and_field_when_one_is_wrong(
    rooms: Rooms, write: Callable[[str], Path], old: str, new: str, problem: str
) -> None:
    assert problem in problems(rooms, write(PERSON.replace(old, new)))
    assert not Person.objects.exists()


def test_people_are_refused_when_the_profile_is_production(
    production: Callable[..., ProviderSettings], write: Callable[[str], Path]
) -> None:
    assert "development profile only" in problems(rooms_of(production()), write(PERSON))


@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_when_a_document_is_another_persons(
    rooms: Rooms, write: Callable[[str], Path]
) -> None:
    apply(rooms, write(PERSON))
    with pytest.raises(RefusedError, match="another person's"):
        apply(rooms, write(PERSON.replace("13800000999", "13800000998")))
    assert Person.objects.count() == 1


@pytest.mark.parametrize("is_plan", [True, False], ids=["plan", "apply"])
def test_apply_command_shows_the_difference_and_a_plan_changes_nothing(
    rooms: Rooms,
    write: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    is_plan: bool,
) -> None:
    from django.core.management import CommandError, call_command

    monkeypatch.setattr("deploy.apply.sections.sections_of", lambda _house: rooms.sections)
    call_command("apply", str(write(CLIENT)), plan=is_plan)
    said = capsys.readouterr().out
    assert "+ clients tax" in said
    assert ("nothing was changed" in said) is is_plan
    assert ClientRow.objects.exists() is not is_plan
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("apply", str(write("nothing: []")))
