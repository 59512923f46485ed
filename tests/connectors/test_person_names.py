import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.documents.names import InvalidName, mask_name, normalise_name


@pytest.mark.parametrize("dot", list("•・‧∙．.·"), ids=lambda dot: f"U+{ord(dot):04X}")
def test_minority_name_has_one_dot_when_keyboards_give_others(dot: str) -> None:
    assert normalise_name(f"阿依古丽{dot}买买提") == "阿依古丽·买买提"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 张 三 ", "张三"),
        ("张\u3000三", "张三"),
        ("張雅婷", "張雅婷"),
        ("李㛃", "李㛃"),
        ("王䶮", "王䶮"),
        ("𬱖先生", "𬱖先生"),
        ("ANNA  MARIA   ERIKSSON", "ANNA MARIA ERIKSSON"),
        ("ＡＮＮＡ", "ANNA"),
        ("J. Smith", "J. Smith"),
        ("O’Neill", "O’Neill"),
    ],
)
def test_name_is_kept_but_for_its_typing_when_it_is_normalised(typed: str, name: str) -> None:
    assert normalise_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "张\x00三", "张\u202e三", "\ud800", "长" * 101],
    ids=["empty", "blank", "NUL", "bidi override", "lone surrogate", "too long"],
)
def test_name_is_refused_when_it_cannot_be_one(typed: str) -> None:
    with pytest.raises(InvalidName):
        normalise_name(typed)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "*三"), ("欧阳无名", "***名"), ("李", "*"), ("ANNA ERIKSSON", "A* E*")],
)
def test_name_is_masked_when_it_is_shown(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@settings(deadline=None)  # the machine may be busy with other tests
@given(st.text(max_size=40))
def test_name_is_stable_when_it_is_normalised_again(typed: str) -> None:
    try:
        name = normalise_name(typed)
    except InvalidName:
        return
    assert normalise_name(name) == name
