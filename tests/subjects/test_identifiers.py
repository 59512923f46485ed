import pytest

from idp.subjects.identifiers import (
    TypedIdentifier,
    mask_identifier,
    mask_phone,
    parse_identifier,
    parse_phone,
)


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        pytest.param("13800000001", "phone", "+8613800000001", id="mainland mobile"),
        pytest.param("138 0000-0001", "phone", "+8613800000001", id="spaced"),
        pytest.param("１３８０００００００１", "phone", "+8613800000001", id="full width"),
        pytest.param("+86 138 0000 0001", "phone", "+8613800000001", id="with country code"),
        pytest.param("+852 9123 4567", "phone", "+85291234567", id="Hong Kong mobile"),
        pytest.param("Zhang.San@Example.CN", "email", "zhang.san@example.cn", id="e-mail"),
        pytest.param("ZhangSan_88", "username", "zhangsan_88", id="user name"),
        pytest.param("张三丰", "username", "张三丰", id="Chinese user name"),
        pytest.param("12345", "username", "12345", id="digits that are no phone"),
    ],
)
def test_identifier_has_one_form_when_typed_in_many(typed: str, kind: str, value: str) -> None:
    assert parse_identifier(typed) == TypedIdentifier(kind=kind, value=value)


@pytest.mark.parametrize("typed", ["", " ", "a b c", "@", "x" * 65, "a@b@c.cn", "<script>"])
def test_identifier_is_none_when_it_can_be_nothing(typed: str) -> None:
    assert parse_identifier(typed) is None


@pytest.mark.parametrize(
    "typed", ["05921234567", "12800000001", "138000000011", "+", "+86", "abc", "+999 1234567"]
)
def test_phone_is_refused_when_it_is_no_mobile_number(typed: str) -> None:
    assert parse_phone(typed) == ""


def test_masks_show_enough_to_recognise_when_shown() -> None:
    assert mask_phone("+8613800000001") == "138 **** 0001"
    assert mask_phone("+85291234567") == "+85 **** 67"
    email = TypedIdentifier(kind="email", value="zhang@example.cn")
    assert mask_identifier(email) == "z***@example.cn"
    assert mask_identifier(TypedIdentifier(kind="username", value="zhang")) == "z***"
    assert mask_identifier(TypedIdentifier(kind="phone", value="+8613800000001")).endswith("0001")


def test_identifier_hides_its_value_when_printed() -> None:
    assert "138" not in repr(TypedIdentifier(kind="phone", value="+8613800000001"))
