"""Which language and view a person gets, and where a switch may lead back to."""

import pytest

from idp.journey.preferences import Preferences, local_path, preferred_language, switched


@pytest.mark.requirement("R18")
@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        ({}, "zh-hans"),
        ({"accept_language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh-hans"),
        ({"accept_language": "zh-TW"}, "zh-hant"),
        ({"accept_language": "zh-Hant-HK"}, "zh-hant"),
        ({"accept_language": "zh-Hans-HK"}, "zh-hans"),
        ({"accept_language": "zh_MO"}, "zh-hant"),
        ({"accept_language": "en-GB,zh;q=0.5"}, "en"),
        ({"accept_language": "zh;q=0.5,en;q=0.8"}, "en"),
        ({"accept_language": "en;q=0,zh-TW;q=0.1"}, "zh-hant"),
        ({"accept_language": "en;q=nan,zh-TW"}, "zh-hant"),
        ({"accept_language": "fr-FR,*;q=0.1"}, "zh-hans"),
        ({"accept_language": "en;level=1"}, "en"),
        ({"ui_locales": ("fr", "en"), "accept_language": "zh-CN"}, "en"),
        ({"remembered": "zh-hant", "ui_locales": ("en",)}, "zh-hant"),
        ({"remembered": "tlh", "accept_language": "en"}, "en"),
    ],
)
def test_language_follows_the_nearest_wish_when_several_are_known(
    wishes: dict[str, str], language: str
) -> None:
    assert preferred_language(**wishes) == language  # type: ignore[arg-type]  # a table of both


@pytest.mark.parametrize(
    ("choice", "language", "elder"),
    [
        ({"language": "en"}, "en", False),
        ({"view": "elder"}, "zh-hans", True),
        ({"view": "standard"}, "zh-hans", False),
        ({"language": "xx", "view": "huge"}, "zh-hans", False),
    ],
)
def test_switch_changes_only_what_it_names_when_pressed(
    choice: dict[str, str], language: str, *, elder: bool
) -> None:
    assert switched(Preferences(), **choice) == Preferences(language=language, elder=elder)


@pytest.mark.parametrize("path", ["/journey/abc?x=1", "/account/", "/"])
def test_switch_leads_back_when_the_path_is_ours(path: str) -> None:
    assert local_path(path, fallback="/account/") == path


@pytest.mark.spec(
    "RFC 9700 §2.1",
    "MUST NOT expose URLs that forward the user's browser to arbitrary URIs obtained from a query"
    " parameter",
)
@pytest.mark.parametrize(
    "path",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "evil",
        "/a\r\nX: y",
        "///e",
    ],
)
def test_switch_stays_at_home_when_the_path_is_foreign(path: str) -> None:
    assert local_path(path, fallback="/account/") == "/account/"
