import re
from uuid import UUID

import pytest

from idp.subjects.subject_identifiers import SubjectIdentifiers

ONE, OTHER = UUID(int=1), UUID(int=2)
subjects = SubjectIdentifiers(b"s" * 32)


def pairwise(person: UUID, sector: str) -> str:
    return subjects.sub(person, subject_type="pairwise", sector=sector)


@pytest.mark.spec(
    "OpenID Connect Core 1.0 §8.1",
    "The Subject Identifier value MUST NOT be reversible by any party other than the OpenID "
    "Provider.",
)
def test_sub_differs_by_sector_and_person_when_pairwise() -> None:
    values = {
        pairwise(ONE, "tax.example"),
        pairwise(ONE, "health.example"),
        pairwise(OTHER, "tax.example"),
        subjects.sub(ONE, subject_type="public", sector=""),
    }
    assert len(values) == 4
    assert all(ONE.hex not in value and str(ONE) not in value for value in values)


@pytest.mark.spec(
    "OpenID Connect Core 1.0 §2", "sub: It MUST NOT exceed 255 ASCII characters in length."
)
def test_sub_is_stable_and_short_when_computed_again() -> None:
    first = pairwise(ONE, "tax.example")
    assert first == SubjectIdentifiers(b"s" * 32).sub(
        ONE, subject_type="pairwise", sector="tax.example"
    )
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first)


def test_sub_changes_when_the_salt_is_another() -> None:
    other = SubjectIdentifiers(b"t" * 32).sub(ONE, subject_type="public", sector="")
    assert other != subjects.sub(ONE, subject_type="public", sector="")


@pytest.mark.parametrize(("kind", "sector"), [("pairwise", ""), ("ephemeral", "tax.example")])
def test_sub_is_refused_when_type_or_sector_is_missing(kind: str, sector: str) -> None:
    with pytest.raises(ValueError, match="no such subject type"):
        subjects.sub(ONE, subject_type=kind, sector=sector)
