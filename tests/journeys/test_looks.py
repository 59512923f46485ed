"""How pages look before a browser draws them: weight, old engines, and any city's colour."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from idp.conf import Branding
from idp.journey.branding import brand_css, contrast, parse_colour
from idp.journey.drawings import render_page
from tests.browser.samples import look, samples

STATIC = Path(__file__).parents[2] / "idp" / "journey" / "static" / "journey"


@pytest.mark.requirement("R18")
def test_first_page_weighs_at_most_35_kibibytes_when_loaded_cold() -> None:
    page = samples("zh-hans")["login"]
    html = render_page(page, look("zh-hans")).encode()
    accent = brand_css(Branding().accent)
    files = [STATIC / "tongxing.css", STATIC / "journey.js", STATIC / "mark.svg"]

    total = len(html) + len(accent) + sum(file.stat().st_size for file in files)

    assert total <= 35 * 1024


def test_every_custom_property_has_a_plain_value_when_an_engine_knows_none() -> None:
    """IE 11 mode drops a declaration with var(): the line before must say it plainly."""
    lines = (STATIC / "tongxing.css").read_text().splitlines()
    for before, line in pairwise(lines):
        if re.match(r"\s+[\w-]+:.*var\(--", line):
            assert before.split(":")[0] == line.split(":")[0], line
            assert "var(" not in before


def test_scripts_stay_readable_for_old_engines_when_written() -> None:
    for file in STATIC.glob("*.js"):
        text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        assert not re.search(r"=>|\b(?:let|const|class|async)\b|`|\?\.", text)


@pytest.mark.parametrize(
    "accent", ["#1d5fbf", "#c8102e", "#ffd400", "#ffffff", "#000000", "#7fffd4"]
)
def test_accent_stays_readable_when_a_city_sets_any_colour(accent: str) -> None:
    css = brand_css(accent).decode()
    light, dark = css.split("@media")
    for scheme, papers in ((light, ("#ffffff", "#f3f5f7")), (dark, ("#10151b", "#19212a"))):
        found = dict(re.findall(r"--([\w-]+):(#\w{6})", scheme))
        colours = {name: parse_colour(value) for name, value in found.items()}
        for ground in (*map(parse_colour, papers), colours["wash"], colours["on-accent"]):
            assert contrast(colours["accent"], ground) >= 4.5
            assert contrast(colours["accent-deep"], ground) >= 4.5


@pytest.mark.parametrize("setting", ["", "blue", "#fff", "#12345g", "#1d5fbf;}"])
def test_accent_is_refused_when_it_is_not_a_colour(setting: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        brand_css(setting)
