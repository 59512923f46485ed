from dataclasses import replace
from typing import Any

import pytest

from connectors.counting import InProcessCounters
from connectors.errors import ConnectorError, ConnectorMisconfigured
from connectors.http import OutboundClient
from connectors.population_library.adapter import PopulationLibrary
from connectors.population_library.settings import PopulationLibrarySettings
from connectors.registry import (
    IDENTITY_VERIFICATION,
    MESSAGE_DELIVERY,
    ORGANIZATION_VERIFICATION,
    build,
    build_for_sandbox,
)
from connectors.settings import Secret, read_settings
from connectors.signatures import HMAC_SHA256, HMAC_SM3, KEYED_DIGESTS, is_same
from connectors.sms.settings import SmsSettings

LIBRARY: dict[str, object] = {
    "base_url": "https://library.example.gov.cn/api",
    "app_id": "city",
    "app_secret": "a secret",
}
SMS: dict[str, object] = {
    "base_url": "https://dysmsapi.example.com",
    "access_key_id": "key",
    "access_key_secret": "a secret",
    "sign_name": "通行",
    "templates": {"verification_code.zh-Hans": "SMS_1"},
}


def test_settings_are_read_when_every_field_is_right() -> None:
    read = read_settings(PopulationLibrarySettings, {**LIBRARY, "timeout": 3})

    assert read.timeout == 3.0
    assert read.app_secret.reveal() == "a secret"
    assert read_settings(PopulationLibrarySettings, {**LIBRARY, "app_secret": Secret("b")})


def test_settings_show_no_secret_when_they_are_printed() -> None:
    read = read_settings(PopulationLibrarySettings, LIBRARY)

    assert "a secret" not in f"{read} {read!r} {read.app_secret}"


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (PopulationLibrarySettings, {"base_url": "https://h"}, "app_id: missing"),
        (PopulationLibrarySettings, {**LIBRARY, "colour": "red"}, "colour: unknown"),
        (PopulationLibrarySettings, {**LIBRARY, "app_id": 7}, "app_id: not of the right type"),
        (PopulationLibrarySettings, {**LIBRARY, "app_secret": ""}, "app_secret"),
        (PopulationLibrarySettings, {**LIBRARY, "timeout": True}, "timeout"),
        (PopulationLibrarySettings, {**LIBRARY, "timeout": 0}, "timeout"),
        (PopulationLibrarySettings, {**LIBRARY, "sign_type": "MD5"}, "sign_type"),
        (PopulationLibrarySettings, {**LIBRARY, "charset": "GBK"}, "charset"),
        (PopulationLibrarySettings, {**LIBRARY, "base_url": "library"}, "base_url"),
        (PopulationLibrarySettings, {**LIBRARY, "base_url": "https://h/"}, "base_url"),
        (PopulationLibrarySettings, {**LIBRARY, "base_url": "https://h?a=b"}, "base_url"),
        (SmsSettings, {**SMS, "templates": {}}, "templates"),
        (SmsSettings, {**SMS, "templates": "SMS_1"}, "templates"),
        (SmsSettings, {**SMS, "timeout": -1}, "timeout"),
    ],
)
def test_settings_are_refused_with_the_field_named_when_one_is_wrong(
    kind: type[Any], values: dict[str, object], field: str
) -> None:
    with pytest.raises(ConnectorMisconfigured, match=field):
        read_settings(kind, values)


def test_adapter_is_built_when_its_kind_is_registered(outbound: OutboundClient) -> None:
    built = build(IDENTITY_VERIFICATION, "population_library", values=LIBRARY, client=outbound)

    assert isinstance(built, PopulationLibrary)
    assert build(MESSAGE_DELIVERY, "sms", values=SMS, client=outbound)


def test_adapter_is_refused_when_its_kind_or_settings_are_unknown(
    outbound: OutboundClient,
) -> None:
    with pytest.raises(ConnectorMisconfigured, match="tea_leaves"):
        build(IDENTITY_VERIFICATION, "tea_leaves", values={}, client=outbound)
    with pytest.raises(ConnectorMisconfigured, match=r"population_library\.base_url"):
        build(IDENTITY_VERIFICATION, "population_library", values={}, client=outbound)


def test_every_kind_is_ready_for_the_sandbox_when_developing(outbound: OutboundClient) -> None:
    counters = InProcessCounters(clock=lambda: 0.0)
    for kinds in (IDENTITY_VERIFICATION, MESSAGE_DELIVERY, ORGANIZATION_VERIFICATION):
        for kind in kinds:
            assert build_for_sandbox(
                kinds, kind, base_url="http://127.0.0.1:8001", client=outbound, counters=counters
            )


def test_kind_that_counts_is_refused_when_there_is_nothing_to_count_with(
    outbound: OutboundClient,
) -> None:
    with pytest.raises(ConnectorMisconfigured, match="needs counters"):
        build_for_sandbox(
            IDENTITY_VERIFICATION, "bank_card", base_url="http://127.0.0.1:1", client=outbound
        )


@pytest.mark.parametrize("kind", ["mobile_operator", "bank_card", "ctid", "immigration"])
@pytest.mark.parametrize(
    ("changed", "named"),
    [({"base_url": "x"}, "base_url"), ({"sign_type": "MD5"}, "sign_type"), ({"timeout": 0.0}, "t")],
)
def test_signed_account_is_refused_when_a_value_cannot_work(
    kind: str, changed: dict[str, Any], named: str
) -> None:
    settings = IDENTITY_VERIFICATION[kind].for_sandbox("http://127.0.0.1:1")
    with pytest.raises(ValueError, match=named):
        replace(settings, **changed)


def test_error_says_what_may_be_shown_when_nothing_else_is_known() -> None:
    assert str(ConnectorError()) == ConnectorError.description
    assert ConnectorError("host h").debug == "host h"


@pytest.mark.spec("GB/T 32905-2016", "the SM3 digest, keyed as HMAC")
def test_keyed_digests_are_the_published_ones_when_a_vector_is_given() -> None:
    # RFC 4231 §4.3 for SHA-256; SM3 over the same key and data as OpenSSL's `dgst` has it.
    key, data = b"Jefe", b"what do ya want for nothing?"

    assert KEYED_DIGESTS[HMAC_SHA256](key, data) == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert KEYED_DIGESTS[HMAC_SM3](key, data) == (
        "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"
    )


def test_signatures_are_compared_when_they_hold_any_characters() -> None:
    assert is_same("ab", "ab")
    assert not is_same("ab", "aß")
