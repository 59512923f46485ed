"""The typed readers of the environment."""

from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import pytest

from deploy.settings.environment import Environment, SettingError, load, variables_of
from idp.conf import Profile, ProviderSettings, Secret

KEY = "k" * 43


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    depth: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)
    words: tuple[str, ...] = ("a",)
    flag: bool = False
    key: Secret = field(default_factory=lambda: Secret(b"default"))


def loaded(**variables: str) -> Outer:
    environment = Environment(variables={f"TONGXING_{k}": v for k, v in variables.items()})
    return load(Outer, environment=environment, given={})


def test_load_keeps_defaults_when_nothing_is_set() -> None:
    assert loaded(NAME="n") == Outer(name="n")


def test_load_reads_every_kind_when_set() -> None:
    found = loaded(NAME="n", INNER_DEPTH="1_000", WORDS="x, y z", FLAG="Yes", KEY=KEY)
    assert found == Outer(
        name="n",
        inner=Inner(depth=1000),
        words=("x", "y", "z"),
        flag=True,
        key=Secret(KEY.encode()),
    )


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("INNER_DEPTH", "many", "whole number"),
        ("INNER_DEPTH", "-1", "whole number"),
        ("FLAG", "perhaps", "true or false"),
        ("KEY", "short", "32 random bytes"),
    ],
)
def test_load_names_variable_and_expectation_when_value_is_wrong(
    variable: str, value: str, words: str
) -> None:
    with pytest.raises(SettingError, match=f"TONGXING_{variable}.*{words}") as caught:
        loaded(NAME="n", **{variable: value})
    assert value not in str(caught.value)


def test_load_names_every_problem_when_there_are_several() -> None:
    with pytest.raises(SettingError) as caught:
        loaded(FLAG="perhaps", INNER_DEPTH="x")
    assert len(str(caught.value).splitlines()) == 3


def test_load_prefers_environment_when_profile_gives_a_value_too() -> None:
    environment = Environment(variables={"TONGXING_NAME": "mine"})
    given = {"TONGXING_NAME": "profile's", "TONGXING_FLAG": True}
    found = load(Outer, environment=environment, given=given)
    assert (found.name, found.flag) == ("mine", True)


def test_load_ignores_profile_from_environment_when_settings_module_says_otherwise() -> None:
    variables = {"TONGXING_PROFILE": "development", "TONGXING_ISSUER": "https://id.example"}
    variables |= {f"TONGXING_{n}": KEY for n in ("ROOT_KEY", "BLIND_INDEX_KEY", "PAIRWISE_SALT")}
    variables["TONGXING_TRUSTED_PROXIES"] = "10.0.0.0/8 ::1"
    found = load(
        ProviderSettings,
        environment=Environment(variables=variables),
        given={"TONGXING_PROFILE": Profile.PRODUCTION},
    )
    assert found.profile is Profile.PRODUCTION
    assert found.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))


def test_load_refuses_networks_when_they_are_none() -> None:
    environment = Environment(variables={"TONGXING_TRUSTED_PROXIES": "10.0.0.0/99"})
    with pytest.raises(SettingError, match="CIDR"):
        load(ProviderSettings, environment=environment, given={})


def test_environment_reads_file_when_name_file_is_set(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n", encoding="utf-8")
    environment = Environment(variables={"DATABASE_URL_FILE": str(file)})
    assert environment.text("DATABASE_URL") == "from a file"


def test_environment_refuses_when_value_and_file_are_both_set() -> None:
    environment = Environment(variables={"A": "1", "A_FILE": "/nowhere"})
    with pytest.raises(SettingError, match="both set"):
        environment.text("A")


def test_environment_refuses_when_file_cannot_be_read(tmp_path: Path) -> None:
    environment = Environment(variables={"A_FILE": str(tmp_path / "absent")})
    with pytest.raises(SettingError, match="A_FILE cannot be read"):
        environment.text("A")


def test_environment_gives_default_when_nothing_is_set(tmp_path: Path) -> None:
    environment = Environment(variables={"P": str(tmp_path)})
    assert environment.text("A", "b") == "b"
    assert environment.path("Q", tmp_path / "x") == tmp_path / "x"
    assert environment.path("P", Path("/")) == tmp_path


def test_variables_name_every_field_once_but_the_profile() -> None:
    names = [variable.name for variable in variables_of(ProviderSettings)]
    assert len(names) == len(set(names))
    assert "TONGXING_LIFETIMES_CODE_TTL" in names
    assert "TONGXING_BRANDING_NAME_ZH_HANT" in names
    assert "TONGXING_PROFILE" not in names
