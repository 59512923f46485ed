"""Unified social credit codes: the published vectors, and what is wrong with the others."""

import pytest

from connectors.check_digits import organization_code_check
from connectors.documents.document import Fault, InvalidDocumentNumber
from connectors.organization_codes import normalise_uscc


@pytest.mark.spec("GB 32100-2015", "the check character of a unified social credit code")
@pytest.mark.parametrize("code", ["91110000600037341L", "91350100M000100Y43", "91350200MA2XTE5T69"])
def test_code_is_read_when_it_is_valid(code: str) -> None:
    assert normalise_uscc(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91110000600037341K", Fault.CHECK_DIGIT),
        ("91110000600037342J", Fault.CHECK_DIGIT),
        ("9111000060003734IL", Fault.CHARACTERS),
        ("911100006000373", Fault.LENGTH),
        ("", Fault.EMPTY),
    ],
)
def test_code_is_refused_when_it_cannot_be_one(code: str, fault: Fault) -> None:
    with pytest.raises(InvalidDocumentNumber) as refused:
        normalise_uscc(code)
    assert refused.value.fault is fault


@pytest.mark.spec("GB 11714-1997", "the check character of an organization code")
@pytest.mark.parametrize("code", ["D2143569X", "600037341", "M000100Y4"])
def test_inner_code_checks_when_it_is_a_published_one(code: str) -> None:
    assert organization_code_check(code[:8]) == code[8]
