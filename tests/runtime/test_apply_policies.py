"""The section `policies`: declared, compared, taken back, refused; and decided by at once."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from deploy.apply.document import BadFileError
from deploy.apply.plan import carry_out, compare, declare
from deploy.apply.section import RefusedError, Section
from deploy.apply.sections.policies import PoliciesSection
from idp.clients.models import ClientRow
from idp.foundation.audit.models import AuditRow
from idp.foundation.clock import SystemClock
from idp.foundation.version import current
from idp.journey.access.changes import PolicyChanges
from idp.journey.access.city_policies import EVERYONE, CityPolicies
from idp.journey.access.lockout import administrators_of_roles
from idp.journey.models import PolicyRow
from policies.decision import Decision, Forbid, Permit
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.source import default_policies

pytestmark = [pytest.mark.django_db, pytest.mark.storage, pytest.mark.requirement("R5")]

OPEN = '@id("open")\npermit (principal, action == Action::"sign_in", resource);\n'
SHUT = '@id("shut")\n@reason("shut")\nforbid (principal, action == Action::"sign_in", resource);\n'
NIGHT = '@id("night")\nforbid (principal, action, resource) when { context.request.hour < 5 };\n'
Apply = Callable[[str], list[str]]


@pytest.fixture
def sections() -> dict[str, Section]:
    return {"policies": PoliciesSection(clock=SystemClock())}


@pytest.fixture
def apply(tmp_path: Path, sections: dict[str, Section]) -> Apply:
    """Apply a file's text; the plan's lines."""

    def run(text: str) -> list[str]:
        file = tmp_path / "city.yaml"
        file.write_text(text, encoding="utf-8")
        changes = compare(declare([file], sections), sections)
        carry_out(changes, sections)
        return [str(change) for change in changes]

    return run


def written(text: str, client_id: str = "") -> str:
    block = "".join(f"      {line}\n" for line in text.splitlines())
    owner = f"client_id: {client_id}\n    " if client_id else ""
    return f"policies:\n  - {owner}text: |\n{block}"


@pytest.fixture
def checked() -> PoliciesSection:
    """The section where administrators hold one another in check."""
    changes = PolicyChanges(administrators=administrators_of_roles, clock=SystemClock())
    return PoliciesSection(clock=SystemClock(), changes=changes, must_propose=lambda: True)


def make_client(client_id: str) -> None:
    now = SystemClock().now()
    ClientRow.objects.create(
        client_id=client_id, origin="declared", metadata={}, created_at=now, updated_at=now
    )


def decided(city: CityPolicies, client_id: str = "tax") -> Decision:
    subject = SubjectFacts(person_id="p", ial=2, aal=1, status="active")
    client = ClientFacts(
        client_id=client_id,
        classification="general",
        channel="web",
        minimum_ial=1,
        minimum_aal=1,
        allowed_channels=frozenset({"web"}),
        status="active",
    )
    request = RequestFacts(
        channel="web", hour=12, now_epoch=0, session_age_s=0, requested_ial=0, requested_aal=0
    )
    return city.decide(Facts(subject=subject, client=client, request=request))


def test_policies_are_in_force_once_declared_and_then_only_compared(apply: Apply) -> None:
    city = CityPolicies()
    assert isinstance(decided(city), Permit)
    before = current()
    (change,) = apply(written(OPEN + SHUT))
    assert change.startswith("~ policies *\n")
    assert '+@id("shut")' in change
    assert current() == before + 1
    city.reload()
    assert isinstance(decided(city), Forbid)
    assert apply(written(OPEN + SHUT)) == []
    event = AuditRow.objects.get(type="policies.declared")
    assert len(orjson.loads(event.detail)["sha256"]) == 64


def test_policies_of_one_client_meet_no_other(apply: Apply) -> None:
    make_client("tax")
    apply(written(SHUT, "tax"))
    city = CityPolicies()
    assert isinstance(decided(city, "tax"), Forbid)
    assert isinstance(decided(city, "other"), Permit)


@pytest.mark.parametrize("client_id", ["", "tax"])
def test_policies_are_taken_back_when_the_text_is_empty(apply: Apply, client_id: str) -> None:
    make_client("tax")
    apply(written(OPEN + SHUT if not client_id else SHUT, client_id))
    owner = f"client_id: {client_id}, " if client_id else ""
    (change,) = apply(f'policies:\n  - {{{owner}text: ""}}\n')
    assert '-@id("shut")' in change
    assert not PolicyRow.objects.exists()
    assert apply(f'policies:\n  - {{{owner}text: ""}}\n') == []


def test_shipped_policies_are_no_change_when_nothing_else_was_declared(apply: Apply) -> None:
    assert apply(written(default_policies().shared)) == []


def test_policies_are_read_from_a_file_beside(apply: Apply, tmp_path: Path) -> None:
    (tmp_path / "city.cedar").write_text(OPEN, encoding="utf-8")
    apply("policies:\n  - file: city.cedar\n")
    assert PolicyRow.objects.get(client_id=EVERYONE).text == OPEN


BAD = {
    "no name": (written(OPEN.removeprefix('@id("open")\n')), "city.yaml:3:", "needs a name"),
    "unknown fact": (
        written(OPEN + SHUT.replace(";", " when { context.subject.shoe > 40 };")),
        "city.yaml:7: policy shut:",
        "no fact named subject.shoe",
    ),
    "on one line": (
        "policies:\n  - text: permit (principal\n",
        "city.yaml:2: a policy:",
        "not finished",
    ),
    "unknown field": ("policies:\n  - txet: x\n", "city.yaml:2: policies[0].txet:", "is unknown"),
    "neither": ("policies:\n  - client_id: tax\n", "city.yaml:2: policies[0]:", "give either"),
    "both": ('policies:\n  - {text: "", file: a}\n', "city.yaml:2:", "give either"),
    "no such file": ("policies:\n  - file: absent.cedar\n", "policies[0].file:", "cannot be read"),
    "not text": ("policies:\n  - text: 7\n", "policies[0].text:", "expected text"),
    "twice": (
        written(OPEN) + written(SHUT).removeprefix("policies:\n"),
        "city.yaml:5",
        "already stands",
    ),
}


@pytest.mark.parametrize(("text", "place", "words"), BAD.values(), ids=BAD.keys())
def test_policies_are_refused_with_file_line_and_field_when(
    apply: Apply, text: str, place: str, words: str
) -> None:
    with pytest.raises(BadFileError) as caught:
        apply(text)
    assert place in str(caught.value)
    assert words in str(caught.value)
    assert not PolicyRow.objects.exists()


def test_nothing_is_changed_when_the_client_is_unknown(apply: Apply) -> None:
    with pytest.raises(RefusedError, match="no such client"):
        apply(written(OPEN) + written(SHUT, "nobody").removeprefix("policies:\n"))
    assert not PolicyRow.objects.exists()


def test_nothing_is_changed_when_two_policies_would_have_one_name(apply: Apply) -> None:
    make_client("tax")
    with pytest.raises(RefusedError, match="another policy has this name"):
        apply(written(OPEN) + written(OPEN, "tax").removeprefix("policies:\n"))
    assert not PolicyRow.objects.exists()


def test_what_was_in_force_stays_when_the_text_cannot_be_read(apply: Apply) -> None:
    apply(written(OPEN))
    city, fresh = CityPolicies(), CityPolicies()
    assert isinstance(decided(city), Permit)
    PolicyRow.objects.update(text="permit (what a later version would not read")
    city.reload()
    assert isinstance(decided(city), Permit)
    assert isinstance(decided(fresh), Forbid)


@pytest.mark.requirement("R2")
def test_file_only_proposes_where_administrators_check_one_another(
    tmp_path: Path, checked: PoliciesSection
) -> None:
    make_client("tax")
    file = tmp_path / "city.yaml"
    night = NIGHT.replace("night", "tax-night")
    text = written(default_policies().shared + NIGHT)
    file.write_text(text + written(night, "tax").removeprefix("policies:\n"), encoding="utf-8")
    sections: dict[str, Section] = {"policies": checked}

    def again() -> tuple[str, ...]:
        return carry_out(compare(declare([file], sections), sections), sections)

    (said,) = again()
    (proposal,) = checked._changes.proposals()  # type: ignore[union-attr]  # it was given
    assert said == f"policies: proposal {proposal.id} awaits a security administrator's approval."
    assert set(proposal.texts) == {EVERYONE, "tax"}
    assert not PolicyRow.objects.exists()
    assert again() == (f"policies: proposal {proposal.id} awaits approval already.",)
    checked._changes.approve(  # type: ignore[union-attr]  # the same
        proposal.id, approver="wang", diff_sha256=proposal.diff_sha256
    )
    assert again() == ()
    assert PolicyRow.objects.count() == 2


@pytest.mark.requirement("R2")
def test_file_that_locks_every_administrator_out_proposes_nothing(
    tmp_path: Path, checked: PoliciesSection
) -> None:
    file = tmp_path / "city.yaml"
    file.write_text(written(OPEN + SHUT), encoding="utf-8")
    sections: dict[str, Section] = {"policies": checked}
    with pytest.raises(RefusedError, match="no administrator could enter"):
        carry_out(compare(declare([file], sections), sections), sections)
    assert not checked._changes.proposals()  # type: ignore[union-attr]  # it was given
