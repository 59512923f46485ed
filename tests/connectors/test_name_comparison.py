"""Comparing names: exact first, then only what the carrier or ICAO's table explains."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.documents.latin import MOST_SPELLINGS, zone_name, zone_spellings
from connectors.documents.names import (
    CHIP,
    MRZ_TD1,
    MRZ_TD3,
    PERMANENT_RESIDENT_CARD_2017,
    PERMANENT_RESIDENT_CARD_2023,
    Carrier,
    InvalidName,
    Likeness,
    compare_names,
    fold_to_simplified,
    mask_name,
    normalise_name,
)
from connectors.documents.pinyin import MOST_CANDIDATES, is_pinyin_of, pinyin_candidates

pytestmark = pytest.mark.requirement("R3")
LONG = "阿卜杜热合曼·买买提依明江·艾合"


@pytest.mark.parametrize(
    ("stated", "printed", "likeness"),
    [
        ("张三", "张 三", Likeness.EXACT),
        ("阿依古丽•买买提", "阿依古丽．买买提", Likeness.EXACT),
        ("李㛃", "李㛃", Likeness.EXACT),
        ("王䶮", "王\ue863", Likeness.EXACT),
        ("張雅婷", "张雅婷", Likeness.POSSIBLE),
        ("张三", "张四", Likeness.DIFFERENT),
        ("张三", "ZHANG SAN", Likeness.DIFFERENT),
        ("Anna Maria Eriksson", "ERIKSSON<<ANNA<MARIA<<<<<", Likeness.EXACT),
        ("ERIKSSON ANNA MARIA", "ERIKSSON<<ANNA<MARIA", Likeness.EXACT),
        ("MARIA ANNA ERIKSSON", "ERIKSSON<<ANNA<MARIA", Likeness.POSSIBLE),
        ("ERIKSSON ANNA", "ANNA ERIKSSON", Likeness.POSSIBLE),
        ("Anna Eriksson", "ERIKSSON<<ANNA<MARIA", Likeness.DIFFERENT),
        ("Jürgen Müller", "MUELLER<<JUERGEN", Likeness.EXACT),
        ("Jürgen Müller", "MULLER<<JURGEN", Likeness.EXACT),
        ("Seán O’Neill-Smith", "ONEILL<SMITH<<SEAN", Likeness.EXACT),
        ("Seán O'Neill-Smith", "O<NEILL<SMITH<<SEAN", Likeness.EXACT),
        ("Suharto", "SUHARTO<<<<<<<<<<<<<", Likeness.EXACT),
        ("Þór Æsir", "AESIR<<THOR", Likeness.EXACT),
        ("Наталия Щукина", "SHCHUKINA<<NATALIIA", Likeness.EXACT),
        ("محمد", "MOHAMMED", Likeness.DIFFERENT),
    ],
)
def test_names_are_compared_when_nothing_is_cut_off(
    stated: str, printed: str, likeness: Likeness
) -> None:
    assert compare_names(stated, printed) is likeness


@pytest.mark.parametrize(
    ("stated", "printed", "carrier", "likeness"),
    [
        (LONG + "买提", LONG[:15], CHIP, Likeness.TRUNCATED_PREFIX),
        (LONG + "买提", LONG[:14], CHIP, Likeness.DIFFERENT),
        ("買" + LONG, ("买" + LONG)[:15], CHIP, Likeness.POSSIBLE),
        (
            "Nilavadhanananda Chayapa Dejthamrong Krasuang",
            "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K",
            MRZ_TD3,
            Likeness.TRUNCATED_PREFIX,
        ),
        (
            "Chayapa Dejthamrong Krasuang Nilavadhanananda",
            "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K",
            MRZ_TD3,
            Likeness.TRUNCATED_PREFIX,
        ),
        ("Anna Maria Eriksson", "ERIKSSON<<ANNA<<<<<<<<<<<<<<<<", MRZ_TD1, Likeness.DIFFERENT),
        ("A" * 70, "A" * 60, PERMANENT_RESIDENT_CARD_2017, Likeness.TRUNCATED_PREFIX),
        ("A" * 70, "A" * 46, PERMANENT_RESIDENT_CARD_2023, Likeness.TRUNCATED_PREFIX),
        ("A" * 70, "A" * 46, PERMANENT_RESIDENT_CARD_2017, Likeness.DIFFERENT),
    ],
)
def test_name_is_a_prefix_when_its_carrier_is_full(
    stated: str, printed: str, carrier: Carrier, likeness: Likeness
) -> None:
    assert compare_names(stated, printed, carrier=carrier) is likeness


def test_comparison_is_refused_when_one_of_the_names_is_none() -> None:
    with pytest.raises(InvalidName):
        compare_names("张三", "")


@pytest.mark.parametrize("name", ["王䶮", "李㛃", "𬱖某", "刘\U0002ebf5", "周\U00031350"])
def test_rare_character_survives_when_it_travels(name: str) -> None:
    assert normalise_name(name) == name
    assert name.encode().decode() == name
    assert name.encode("gb18030").decode("gb18030") == name
    assert mask_name(name) == f"*{name[-1]}"


def test_private_use_character_is_read_when_an_old_system_wrote_gbk() -> None:
    assert normalise_name("\ue863\ue81e\ue855") == "䶮\u9fb4\U000241fe"
    with pytest.raises(InvalidName):
        normalise_name("张\U0002ffff")


@pytest.mark.spec("ICAO Doc 9303-3 §6", "national characters are transliterated by the table")
@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Žižek", "ZIZEK"),
        ("Ægir Þorsson", "AEGIR<THORSSON"),
        ("Łukasz Ñuñez", "LUKASZ<NUNEZ"),
        ("D'Artagnan", "D<ARTAGNAN"),
        ("Smith-Jones Jr.", "SMITH<JONES<JR"),
        ("Ильин", "ILIN"),
        ("张", ""),
        ("", ""),
    ],
)
def test_name_is_written_as_a_zone_writes_it(name: str, written: str) -> None:
    assert zone_name(name) == written


def test_spellings_stay_few_when_a_name_has_many_letters_with_several() -> None:
    assert len(zone_spellings("Ü" * 30)) <= MOST_SPELLINGS


@settings(deadline=None)
@given(st.text(alphabet="AÄbçÉñ öß'-ŁЖ", min_size=1, max_size=30))
def test_zone_holds_letters_and_single_fillers_when_any_name_is_written(name: str) -> None:
    for written in zone_spellings(name):
        assert set(written) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
        assert "<<" not in written
        assert written.strip("<") == written
        assert written in zone_spellings(written) or not written


@pytest.mark.parametrize(
    ("latin", "chinese", "is_hint"),
    [
        ("ZHENG HAISHENG", "郑海生", True),
        ("Haisheng Zheng", "郑海生", True),
        ("LYU BU", "吕布", True),
        ("SHAN XIONGXIN", "单雄信", True),
        ("OUYANG XIU", "欧阳修", True),
        ("AYIGULI MAIMAITI", "阿依古丽·买买提", True),
        ("LEUNG KA YAN", "梁嘉欣", False),
        ("ZHENG HAI", "郑海生", False),
    ],
)
def test_pinyin_hints_at_a_name_when_it_may_spell_it(
    latin: str, chinese: str, *, is_hint: bool
) -> None:
    assert is_pinyin_of(latin, chinese) is is_hint


def test_candidates_stay_few_when_many_characters_are_read_in_several_ways() -> None:
    assert 0 < len(pinyin_candidates("单单单单单单单单")) <= MOST_CANDIDATES


def test_traditional_name_is_folded_when_a_namesake_is_looked_for() -> None:
    assert fold_to_simplified("何俊傑") == "何俊杰"
