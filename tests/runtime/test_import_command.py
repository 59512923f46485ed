"""`manage.py import`, as operators type it: people and clients of an older platform."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from deploy.composition import house
from idp.clients.models import ClientRow
from idp.subjects.imports.models import ImportRun, ImportSource
from idp.subjects.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

SOURCES = """\
import_sources:
  - name: old
    ceiling: 2
    password_shape: md5(password+salt)
    salt_file: salt
    document_types: {"4": hkid}
"""
PEOPLE = "id,phone\na,13900000001\nb,13900000002\n"
OLD_CLIENT = {
    "client_id": "old-portal",
    "client_name": "旧门户",
    "redirect_uris": ["https://old.example/callback"],
    "client_secret": "0123456789abcdef0123456789abcdef",
    "token_endpoint_auth_method": "client_secret_post",
    "scope": "basic name",
    "department": "tax",
    "legacy_doors": ["ixiamen"],
}
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(text: str, name: str = "people.csv") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    file("pepper\n", "salt")
    return file


def said(*words: str, command: str = "import") -> str:
    output = io.StringIO()
    call_command(command, *words, stdout=output, stderr=output)
    return output.getvalue()


@pytest.fixture
def old(write: Write) -> str:
    """The declared source's name."""
    said(write(SOURCES, "sources.yaml"), command="apply")
    return "old"


def test_source_is_kept_and_compared_when_declared(write: Write) -> None:
    shown = said(write(SOURCES, "sources.yaml"), command="apply")
    assert "+ import_sources old" in shown
    assert "pepper" not in shown
    assert ImportSource.objects.get().settings["salt"] == "pepper"
    assert said(write(SOURCES, "sources.yaml"), command="apply") == "0 changed.\n"
    changed = said(write(SOURCES.replace("2", "1"), "sources.yaml"), command="apply")
    assert "ceiling: 2 → 1" in changed


@pytest.mark.parametrize(
    ("bent", "told"),
    [
        (("name: old", "name: Old!"), "is made of small letters"),
        (("ceiling: 2", "ceiling: 4"), "is from 0 to 3"),
        (("ceiling: 2", "lasts_days: 0"), "is at least 1"),
        (("md5(password+salt)", "rot13(password)"), "is none of md5"),
        (("md5(password+salt)", "md5(password)"), "stands nowhere in password_shape"),
        (("hkid", "library_card"), "library_card is no document type"),
        (("salt_file: salt", "salt_file: none"), "salt_file: cannot be read"),
    ],
)
def test_source_is_refused_when_it_cannot_be_so(
    write: Write, bent: tuple[str, str], told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        said(write(SOURCES.replace(*bent), "sources.yaml"), command="apply")
    assert not ImportSource.objects.exists()


@pytest.mark.requirement("R5")
def test_people_are_planned_imported_listed_and_taken_back_when_typed_so(
    old: str, write: Write
) -> None:
    file = write(PEOPLE)
    planned = said("people", file, "--source", old, "--plan")
    assert planned.endswith("would be: 2 new, 2 rows; nothing was changed.\n")
    assert not Person.objects.exists()
    done = said("people", file, "--source", old, "--rows", "2")
    assert done.endswith(": 2 new, 2 rows\n")
    run = str(ImportRun.objects.get().id)
    listed = said("list")
    assert listed.startswith(f"{run}  old  ")
    assert "done  line 3  2 new, 2 rows" in listed
    assert said("undo", run) == ("2 people erased, 0 kept for they were used since, 0 links cut\n")
    with pytest.raises(CommandError, match="or it was undone"):
        said("undo", run)


def test_import_goes_on_when_resumed(
    old: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.subjects.imports.run.BATCH", 1)
    file = write(PEOPLE)

    def stop(_self: object, _run: ImportRun) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("deploy.management.commands.import.Command._progress", stop)
        with pytest.raises(KeyboardInterrupt):
            said("people", file, "--source", old)
    with pytest.raises(CommandError, match="--resume"):
        said("people", file, "--source", old)
    assert said("people", file, "--source", old, "--resume").endswith(": 2 new, 2 rows\n")
    with pytest.raises(CommandError, match="was interrupted"):
        said("people", file, "--source", old, "--resume")


def test_nothing_is_changed_when_a_file_is_broken(old: str, write: Write, tmp_path: Path) -> None:
    file = write(PEOPLE + "c,12\n" * 60)
    report = tmp_path / "report.ndjson"
    output = io.StringIO()
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command(
            "import",
            *("people", file, "--source", old, "--report", str(report)),
            stdout=output,
            stderr=output,
        )
    assert f"{file}:4: phone: is no mobile number\n" in output.getvalue()
    assert "more; --report FILE holds them all" in output.getvalue()
    first = json.loads(report.read_text(encoding="utf-8").splitlines()[0])
    assert first == {"line": 4, "field": "phone", "message": "is no mobile number"}
    assert not Person.objects.exists()
    skipped = said("people", file, "--source", old, "--skip-bad")
    assert "2 new, 60 refused, 62 rows\n" in skipped


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("people", "{file}", "--source", "nobody"), "nobody is no declared source"),
        (("people", "{file}.none", "--source", "old"), "is no file"),
        (("people", "{bad}", "--source", "old"), "names 'fone'.*(?s:.)*Nothing was changed"),
        (("people", "{file}", "--source", "old", "--report", "/none/x"), "cannot be written"),
        (("clients", "{bad}", "--source", "old"), "names 'id'; known are"),
        (("undo", str(uuid4())), "there is no such import"),
    ],
)
def test_action_is_refused_with_words_when_it_cannot_be_done(
    old: str, write: Write, words: tuple[str, ...], told: str
) -> None:
    assert old
    files = {"file": write(PEOPLE), "bad": write("id,fone\n", "bad.csv")}
    with pytest.raises(CommandError, match=told):
        said(*(word.format(**files) for word in words))


def rows(*changes: dict[str, Any]) -> str:
    return "\n".join(json.dumps({**OLD_CLIENT, **each}, ensure_ascii=False) for each in changes)


@pytest.mark.requirement("R8")
def test_clients_keep_their_secrets_when_imported_and_go_when_taken_back(
    old: str, write: Write
) -> None:
    file = write(rows({}), "clients.ndjson")
    assert "nothing was changed" in said("clients", file, "--source", old, "--plan")
    assert not ClientRow.objects.exists()
    shown = said("clients", file, "--source", old)
    assert OLD_CLIENT["client_secret"] not in shown
    house().rooms.clients.directory.reload()
    proven = house().rooms.clients.authenticator.authenticate(
        "", {"client_id": "old-portal", "client_secret": OLD_CLIENT["client_secret"]}, now=0
    )
    assert (proven.legacy_source, proven.department) == ("old", "tax")
    assert proven.legacy_doors == {"ixiamen"}
    assert said("clients", file, "--source", old).endswith(": 0 clients\n"), "once is enough"
    first = ImportRun.objects.order_by("started_at")[0]
    assert said("undo", str(first.id)) == "1 clients removed, 0 kept for they changed since\n"
    assert not ClientRow.objects.exists()


def test_client_stays_when_it_changed_since(old: str, write: Write) -> None:
    said("clients", write(rows({}), "clients.ndjson"), "--source", old)
    house().rooms.clients.registrar.set_status("old-portal", "suspended")
    run = ImportRun.objects.get()
    assert said("undo", str(run.id)) == "0 clients removed, 1 kept for they changed since\n"


def test_clients_are_read_from_csv_when_lists_stand_in_one_cell(old: str, write: Write) -> None:
    header = "client_id,redirect_uris,client_secret_sha256,skips_consent,access_token_ttl,channels"
    row = f"csv-portal,https://a.example/x https://b.example/y,{'ab' * 32},true,60,web kiosk"
    said("clients", write(f"{header}\n{row}\n", "clients.csv"), "--source", old)
    kept = ClientRow.objects.get()
    assert kept.metadata["redirect_uris"] == ["https://a.example/x", "https://b.example/y"]
    assert bytes(kept.secret_sha256).hex() == "ab" * 32
    assert kept.settings == {
        "skips_consent": True,
        "access_token_ttl": 60,
        "channels": ["web", "kiosk"],
        "legacy_source": "old",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (rows({"client_secret": "short"}), "client_secret: holds fewer than 22 characters"),
        (rows({"client_secret_sha256": "ab"}), "client_secret_sha256: is no SHA-256"),
        (rows({"client_secret": None}), "is needed for this token_endpoint_auth_method"),
        (rows({"redirect_uris": ["javascript:alert(1)"]}), "1: redirect_uris: "),
        (rows({"legacy_doors": ["gopher"]}), "1: legacy_doors: known are ixiamen"),
        (rows({"legacy_source": "nobody"}), "1: legacy_source: is no declared source"),
        (rows({"colour": "red"}), "1: colour: is no client metadata"),
        (rows({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}), "1: jwks: "),
        (rows({}, {}), "2: client_id: stands on line 1 already"),
        (rows({}) + '\n{"client_id"', "2: is not JSON"),
        ("\n", "holds no row"),
    ],
)
def test_no_client_is_changed_when_one_is_wrong(
    old: str, write: Write, text: str, told: str
) -> None:
    with pytest.raises(CommandError, match="Nothing was changed") as caught:
        said("clients", write(text, "clients.ndjson"), "--source", old)
    assert told in str(caught.value)
    assert not ClientRow.objects.exists()
