"""The connectors file: both shapes, its terms, and words for every mistake."""

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.absent import AbsentDelivery
from connectors.errors import ConnectorMisconfigured
from connectors.plan import Terms
from deploy.composition.authorities import (
    inquiries,
    message_delivery,
    methods_of,
    partners,
    visits,
)
from deploy.composition.connectors_file import kinds_in_use, mistakes_of, read_entries
from deploy.composition.ground import addresses_for
from idp.channels.connector_terms import ConnectorTerms, Override, put_override
from idp.conf import Authentication, Profile, ProviderSettings
from idp.foundation.clock import SystemClock
from idp.protocols.oidc.discovery.metadata import server_metadata
from policies.levels import Level

LIBRARY = "{base_url: 'https://library.example', app_id: city, app_secret: s}"
LISTED = f"""
verification:
  - kind: population_library
    order: 1
    cost: 8
    per_day: 20000
    networks: [10.8.0.0/16]
    settings: {LIBRARY}
  - kind: population_library
    name: standby
    switch: off
    settings: {LIBRARY}
organizations:
  - kind: business_registry
    settings: {LIBRARY}
delivery: []
"""


@pytest.fixture
def given(tmp_path: Path, production: Any) -> Any:
    """Settings that name a file of this text."""

    def write(text: str) -> ProviderSettings:
        file = tmp_path / "connectors.yaml"
        file.write_text(text, encoding="utf-8")
        settings: ProviderSettings = production(connectors_file=str(file))
        return settings

    return write


def test_terms_are_read_when_connectors_are_listed(given: Any) -> None:
    library, standby, registry = read_entries(given(LISTED))

    assert library.terms == Terms(name="population_library", order=1, cost=8, per_day=20_000)
    assert library.networks == ("10.8.0.0/16",)
    assert library.settings.app_id == "city"
    assert standby.terms == Terms(name="standby", is_on=False)
    assert registry.section == "organizations"
    assert "secret" not in repr(library)


def test_older_shape_goes_on_working_when_each_kind_maps_its_settings(given: Any) -> None:
    settings = given(f"population_library: {LIBRARY[:-1]}, networks: [10.0.0.0/8]}}")
    (library,) = read_entries(settings)

    assert library.terms == Terms(name="population_library")
    assert library.settings.base_url == "https://library.example"
    assert library.networks == ("10.0.0.0/8",)
    assert mistakes_of(settings) == ()


def test_nothing_is_configured_when_no_file_is_named(production: Any) -> None:
    settings = production()
    assert read_entries(settings) == ()
    assert mistakes_of(settings) == ()
    assert kinds_in_use(settings) == frozenset()


def test_only_what_is_on_is_configured_when_a_switch_is_off(given: Any) -> None:
    off = LISTED.replace("order: 1", "order: 1\n    switch: off")
    assert kinds_in_use(given(off)) == {"business_registry"}


def test_secret_is_read_from_a_file_of_its_own_when_one_is_named(
    given: Any, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden\n", encoding="utf-8")
    (entry,) = read_entries(
        given(
            f"population_library: {LIBRARY.replace('app_secret: s', f'app_secret_file: {secret}')}"
        )
    )
    assert entry.settings.app_secret.reveal() == "hidden"


def entry(**changed: str) -> str:
    lines = {"kind": "population_library", "settings": LIBRARY} | changed
    first, *rest = (f"{key}: {value}" for key, value in lines.items())
    return "verification:\n  - " + "\n    ".join([first, *rest])


MISTAKES = {
    "verification": "a list, each entry with its kind",
    "verification: {}": "verification: a list",
    "[]": "lists connectors under verification",
    "verification: [": "cannot be read",
    "verification: [{}]": "verification[1].kind: missing",
    "verification: [{kind: sms}]": "verification[1].kind: one of population_library",
    "verification: []\nothers: []": "others: no such list",
    "no_such_kind: {}": "no_such_kind: no such kind of connector",
    "population_library: 7": "population_library: maps its settings",
    "population_library: {}": "population_library.settings.base_url: missing",
    entry(colour="red"): "verification[1] (population_library).colour: unknown",
    entry(settings="7"): "(population_library).settings: missing",
    entry(order="first"): "(population_library).order: not of the right type",
    entry(order="true"): "order: not of the right type",
    entry(per_day="-1"): "per_day: not below 0",
    entry(cost="-1"): "cost: not below 0",
    entry(switch="7"): "switch: on or off",
    entry(networks="10.0.0.0/8"): "networks: a list",
    entry(networks="[10.0.0.1/8]"): "networks: 10.0.0.1/8: no network",
    entry(settings="{app_secret_file: /no/such}"): "settings.app_secret_file: cannot be read",
    entry(settings="{base_url: x, app_id: a, app_secret: s}"): "settings.base_url: not an absolute",
    entry(prefixes="['+86']"): "prefixes: only for gateways of text messages",
    "delivery: [{kind: sms, settings: {}, prefixes: 86}]": "(sms).prefixes: a list",
    "delivery: [{kind: sms, settings: {}, prefixes: [+86]}]": "(sms).prefixes: 86: a text",
    entry() + "\n" + entry().partition("\n")[2]: "population_library stands twice",
}


@pytest.mark.parametrize(("text", "words"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_mistake_is_named_by_entry_and_field_when_there_is_one(
    text: str, words: str, given: Any
) -> None:
    if text == "verification":
        text = "verification: 7"
    (mistake,) = mistakes_of(given(text))
    assert words in mistake


def test_every_mistake_is_named_when_there_are_several(given: Any) -> None:
    text = "verification:\n  - kind: x\n  - kind: ctid\n    settings: {}\n  - 7"
    assert len(mistakes_of(given(text))) == 3


def test_start_is_refused_when_an_entry_is_not_well_formed(given: Any) -> None:
    with pytest.raises(ConnectorMisconfigured, match="kind: missing"):
        read_entries(given("verification: [{}]"))


def ground(settings: ProviderSettings) -> Any:
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    return SimpleNamespace(
        settings=settings,
        store=None,
        tally=None,
        clock=clock,
        connector_terms=ConnectorTerms(),
    )


def test_connectors_are_built_in_their_terms_when_they_are_listed(given: Any) -> None:
    built = inquiries(ground(given(LISTED)))
    assert [each.terms.name for each in built.connectors] == ["population_library", "standby"]
    assert built.connectors[0].adapter.method == "population_two_factor"


@pytest.mark.parametrize(
    ("profile", "reached"),
    [(Profile.PRODUCTION, ["10.8.0.1"]), (Profile.DEVELOPMENT, ["10.8.0.1", "127.0.0.1"])],
)
def test_own_machine_is_reached_only_when_the_file_is_tried_in_development(
    production: Any, profile: Profile, reached: list[str]
) -> None:
    policy = addresses_for(replace(production(), profile=profile), "10.8.0.0/16")
    tried = ["10.8.0.1", "10.9.0.1", "127.0.0.1"]
    assert [each for each in tried if policy.permits(ip_address(each))] == reached
    assert policy.permits_http is (profile is Profile.DEVELOPMENT)


TEMPLATES = "templates: {verification_code.zh-Hans: '1'}"
ALIBABA = (
    "{base_url: 'https://a.example', access_key_id: i, access_key_secret: s, sign_name: n, "
    f"{TEMPLATES}}}"
)
TENCENT = (
    "{base_url: 'https://t.example', secret_id: i, secret_key: s, sdk_app_id: '1', sign_name: n, "
    f"{TEMPLATES}}}"
)
GATEWAYS = f"""
delivery:
  - kind: sms
    settings: {ALIBABA}
  - kind: sms
    name: retired
    switch: off
    settings: {ALIBABA}
  - kind: sms_tencent
    order: 1
    per_day: 9
    prefixes: ['+852', '+853']
    settings: {TENCENT}
"""


def test_gateways_are_tried_by_their_order_when_several_are_on(given: Any) -> None:
    delivery: Any = message_delivery(ground(given(GATEWAYS)))
    assert [(route.terms.name, route.terms.is_on) for route in delivery.routes] == [
        ("sms_tencent", True),
        ("sms", True),
        ("retired", False),
    ]
    assert [route.prefixes for route in delivery.routes] == [("+852", "+853"), ("",), ("",)]
    assert [route.terms.per_day for route in delivery.routes] == [9, None, None]


def test_nothing_is_sent_when_no_gateway_is_on(given: Any) -> None:
    assert isinstance(message_delivery(ground(given(LISTED))), AbsentDelivery)


AWAY = """
visits:
  - kind: network_identity
    order: 2
    settings: {base_url: 'https://nia.example', page_url: 'https://nia.example/page', app_id: city,
               app_secret: s}
  - kind: face
    settings: {base_url: 'https://face.example', page_url: 'https://face.example/page',
               app_id: city, app_secret: s}
logins:
  - kind: upstream_oidc
    name: province
    label: {zh-Hans: 省统一身份平台, zh-Hant: 省統一身份平台, en: Province}
    settings: {provider: province, issuer: 'https://id.province.example', client_id: city,
               client_secret: s, ceiling: 2}
  - kind: upstream_oidc
    name: neighbour
    label: Neighbour
    order: 1
    settings: {provider: neighbour, issuer: 'https://id.neighbour.example', client_id: city,
               client_secret: s, ceiling: 0}
  - kind: upstream_oidc
    name: closed
    switch: off
    settings: {provider: closed, issuer: 'https://id.closed.example', client_id: city,
               client_secret: s, ceiling: 0}
"""


def test_people_are_sent_away_when_the_file_says_where(given: Any) -> None:
    city = ground(given(AWAY))
    assert mistakes_of(city.settings) == ()
    network, face = visits(city)
    assert (network.terms.name, network.terms.order) == ("network_identity", 2)
    assert face.adapter.method == "face_comparison"
    assert methods_of(city)() >= {"sms_code", "network_identity", "face_comparison"}
    neighbour, province = partners(city)
    assert (neighbour.name, neighbour.shown("en")) == ("neighbour", "Neighbour")
    assert (province.shown("zh-hant"), province.shown("xx")) == ("省統一身份平台", "province")
    assert province.adapter.provider == "province"


@pytest.mark.requirement("R6")
def test_own_eye_is_asked_last_when_it_is_switched_on(given: Any) -> None:
    settings = given(f"population_library: {LIBRARY}")
    assert "face_local" not in methods_of(ground(settings))()
    seeing = replace(settings, authentication=Authentication(local_faces=True))
    *_, last = inquiries(ground(seeing)).connectors
    assert (last.terms.name, last.adapter.method) == ("face_local", "face_local")
    assert last.terms.order > 999
    assert "face_local" in methods_of(ground(seeing))()


HIGH = """
verification:
  - kind: population_library
    settings: {base_url: 'https://library.example', app_id: city, app_secret: s}
  - kind: immigration
    settings: {base_url: 'https://nia.example', client_id: city, app_secret: s}
"""


@pytest.mark.django_db
@pytest.mark.requirement("R1")
def test_levels_promised_follow_the_switch_when_a_connector_is_turned_off(given: Any) -> None:
    city = ground(given(HIGH))
    methods = methods_of(city)

    def promised() -> str:
        metadata = server_metadata(city.settings, methods=methods())
        return str(metadata["acr_values_supported"][-1])

    assert promised().startswith(Level(ial=3, aal=1).acr[:-1])
    put_override("verification", "immigration", Override(switch=False), clock=SystemClock())
    city.connector_terms.reload()
    assert promised().startswith(Level(ial=2, aal=1).acr[:-1])


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("[a]", "label: a text, or one for each language"),
        ("{}", "label: a text, or one for each language"),
        ("{en: 1}", "label: a text, or one for each language"),
        ("{fr: Province}", "label.fr: zh-Hans, zh-Hant or en"),
    ],
)
def test_mistake_is_named_when_a_label_is_wrong(given: Any, label: str, said: str) -> None:
    (mistake,) = mistakes_of(given(AWAY.replace("label: Neighbour", f"label: {label}")))
    assert said in mistake


def test_label_is_refused_when_it_is_no_partners(given: Any) -> None:
    (mistake,) = mistakes_of(given(AWAY.replace("order: 2", "label: Away")))
    assert "label: only for logins" in mistake
