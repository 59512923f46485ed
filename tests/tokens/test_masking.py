"""Masked claims: enough to recognise, never enough to use."""

import pytest

from idp.subjects.assurance.vocabulary import consent_name
from idp.tokens.masking import granted_masked, mask_claim, split


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("phone_number", "+8613800000001", "138 **** 0001"),
        ("birthdate", "1990-05-17", "1990"),
        ("email", "wang@example.org", "w***@example.org"),
        ("name#zh-Hans", "王小明", "**明"),
        ("document_number", "C12345678", "C1*****78"),
        ("nickname", "ab", "a***"),
        ("address", {"locality": "Xiamen"}, None),
        ("phone_number_verified", True, None),
    ],
)
def test_claim_is_masked_by_its_kind(name: str, value: object, masked: object) -> None:
    assert mask_claim(name, value) == masked


def test_grant_carries_what_is_masked_and_nothing_vouched_for() -> None:
    names = ("birthdate", "name", "name#en", consent_name("birthdate"))
    granted = granted_masked(names, {"birthdate", "name"})
    assert granted == ("masked:birthdate", "masked:name", "masked:name#en")
    assert split(granted) == (("birthdate", "name", "name#en"), {"birthdate", "name", "name#en"})
    assert granted_masked(names, ()) == names
