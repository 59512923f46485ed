"""`manage.py devices`: from the invitation to the end of a device, as operators type it."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from deploy.composition import house
from idp.foundation.audit.models import AuditRow
from tests.signing_devices import SigningDevice

pytestmark = pytest.mark.django_db
INVITE = ("invite", "--kind", "id_card_reader", "--place", "hall-1", "--label", "Reader 1")


def said(*arguments: str) -> str:
    output = io.StringIO()
    call_command("devices", *arguments, stdout=output)
    return output.getvalue()


def proof_of(agent: SigningDevice, code: str) -> str:
    return agent.proof(
        code, house().settings.issuer, int(house().rooms.ground.clock.now().timestamp())
    )


@pytest.mark.requirement("R6")
@pytest.mark.parametrize("is_piped", [False, True])
def test_device_is_enrolled_listed_and_revoked_when_an_operator_says_so(
    *, is_piped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = said(*INVITE, "--attended", "--operator", "li").split()[0]
    proof = proof_of(SigningDevice(), code)
    file = tmp_path / "proof.jws"
    file.write_text(proof + "\n", encoding="ascii")
    monkeypatch.setattr("sys.stdin", io.StringIO(proof))

    device, *enrolled = said("enrol", "-" if is_piped else str(file)).split()

    assert enrolled == ["id_card_reader", "hall-1", "attended", "Reader", "1", "seen", "never"]
    assert said("list").startswith(device)
    assert "believed no more" in said("revoke", device, "--because", "stolen", "--operator", "li")
    assert "revoked: stolen" in said("list")
    assert AuditRow.objects.get(type="device.revoked").operator == "li"


def test_action_is_refused_with_words_when_it_cannot_be_done(tmp_path: Path) -> None:
    file = tmp_path / "proof.jws"
    file.write_text(proof_of(SigningDevice(), "AAAA"), encoding="ascii")
    unread = tmp_path / "unread.jws"
    unread.write_bytes(b"\xff")
    nobody = "00000000-0000-0000-0000-000000000000"
    mistakes = {
        "refused: wrong_code": ("enrol", str(file)),
        "proof cannot be read": ("enrol", str(unread)),
        "cannot be read": ("enrol", str(tmp_path / "none")),
        "kind: one of": ("invite", "--kind", "x", *INVITE[3:], "--operator", "li"),
        "id as list shows it": ("revoke", "x", "--because", "y", "--operator", "li"),
        "no such device": ("revoke", nobody, "--because", "y", "--operator", "li"),
        "--operator": INVITE,
    }
    for words, arguments in mistakes.items():
        with pytest.raises(CommandError, match=words):
            said(*arguments)
