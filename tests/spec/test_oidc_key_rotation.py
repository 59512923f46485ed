"""OpenID Connect Core 1.0 §10.1.1: signing keys change, and nothing that is alive breaks."""

import io

import pytest
from django.core.management import CommandError, call_command

from idp.foundation.audit.models import AuditRow
from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.wire import Browser


def keys(house: HouseUnderTest, *arguments: str) -> str:
    output = io.StringIO()
    call_command("keys", *arguments, stdout=output)
    house.house.rooms.ground.keys.reload()
    return output.getvalue()


def published(provider: Provider) -> set[str]:
    return {str(key.kid) for key in provider.keys().keys}


@pytest.mark.spec(
    "OpenID Connect Core 1.0 §10.1.1",
    "The signer can begin using a new key after a certain period of time and signals the change to "
    "the verifier using the kid value.",
)
def test_successors_are_published_beside_the_keys_that_sign(
    provider: Provider, house: HouseUnderTest, web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    before = published(provider)
    told = keys(house, "rotate")
    after = published(provider)
    assert before < after
    assert all(kid in told for kid in after - before)
    assert keys(house, "rotate").count("is published") == told.count("is published")
    assert published(provider) == after
    token = web.tokens(browser, citizen)["id_token"]
    header, _ = peek(token)
    assert header["kid"] in before
    assert provider.verified(token)
    assert "next" in keys(house, "list", "--alg", "ES256")
    assert AuditRow.objects.filter(type="keys.announced").exists()


def test_replaced_key_is_published_no_more(provider: Provider, house: HouseUnderTest) -> None:
    before = {key.kid for key in provider.keys().keys if key.alg == "PS256"}
    keys(house, "replace", "--alg", "PS256")
    signing = house.house.rooms.ground.keys.active("PS256").kid
    assert signing in published(provider)
    assert not (before - {signing}) & published(provider)
    assert AuditRow.objects.filter(type="keys.replaced").exists()


@pytest.mark.parametrize("arguments", [["replace"], ["rotate", "--alg", "HS256"]])
def test_keys_are_left_alone_when_the_command_names_no_key_of_ours(
    provider: Provider, house: HouseUnderTest, arguments: list[str]
) -> None:
    before = published(provider)
    with pytest.raises(CommandError, match="--alg"):
        keys(house, *arguments)
    assert published(provider) == before
