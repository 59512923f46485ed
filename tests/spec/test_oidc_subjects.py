"""OpenID Connect Core 1.0 §8: public and pairwise subjects, sectors."""

import pytest

from idp.clients.metadata import MetadataProblem
from idp.protocols.oidc.registration.sector import SectorUnreachable, sector_check
from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, peek
from tests.spec.verdicts import refused
from tests.spec.wire import Browser

must = pytest.mark.must
OTHER = "https://library.example/callback"


def subject(party: RelyingParty, browser: Browser, citizen: Conduct) -> str:
    return str(peek(party.tokens(browser, citizen)["id_token"])[1]["sub"])


@must("oidc-core-8.1-1", "oidc-core-8.1-7..8", "oidc-core-8-1")
def test_pairwise_subjects_are_one_per_sector(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    first = provider.party(subject_type="pairwise")
    same_sector = provider.party(subject_type="pairwise")
    other_sector = provider.party(subject_type="pairwise", redirect_uris=[OTHER])
    subjects = [subject(party, signed_in, citizen) for party in (first, same_sector, other_sector)]
    assert subjects[0] == subjects[1] == subject(first, signed_in, citizen)
    assert subjects[0] != subjects[2]
    assert {"public", "pairwise"} <= set(provider.metadata["subject_types_supported"])


@must("oidc-core-8.1-2", "oidc-core-8.1-6")
def test_pairwise_subject_tells_nothing_of_the_public_one(
    provider: Provider, signed_in: Browser, citizen: Conduct, elder: Conduct
) -> None:
    public = provider.party(subject_type="public")
    pairwise = provider.party(subject_type="pairwise")
    known = subject(public, signed_in, citizen)
    hidden = subject(pairwise, signed_in, citizen)
    assert known not in hidden
    assert hidden not in known
    other = subject(pairwise, provider.browser(), elder)
    assert other != hidden
    assert len(hidden) >= 22, "a keyed hash, not a number that could be counted up"


def test_userinfo_and_introspection_tell_the_same_pairwise_subject(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    party = provider.party(subject_type="pairwise")
    tokens = party.tokens(signed_in, citizen)
    sub = peek(tokens["id_token"])[1]["sub"]
    assert party.userinfo(tokens["access_token"]).json()["sub"] == sub


@must("oidc-core-8.1-3")
def test_pairwise_client_on_two_hosts_is_refused_without_a_sector(provider: Provider) -> None:
    answer = provider.register(subject_type="pairwise", redirect_uris=[CALLBACK, OTHER])
    refused(answer, "invalid_client_metadata")


@must("oidc-core-8.1-4..5", "oidc-registration-5-1..3")
@pytest.mark.parametrize(
    ("document", "accepted"),
    [
        pytest.param([CALLBACK, OTHER], True, id="both listed"),
        pytest.param([CALLBACK], False, id="one is missing"),
        pytest.param({"redirect_uris": [CALLBACK, OTHER]}, False, id="no array"),
        pytest.param("gibberish", False, id="no JSON"),
        pytest.param([], False, id="empty"),
    ],
)
def test_sector_document_must_list_every_redirect_uri(document: object, *, accepted: bool) -> None:
    asked: list[str] = []

    def fetch(uri: str) -> object:
        asked.append(uri)
        if document == "gibberish":
            raise SectorUnreachable("no JSON")
        return document

    require_sector = sector_check(fetch)
    metadata = {
        "subject_type": "pairwise",
        "redirect_uris": [CALLBACK, OTHER],
        "sector_identifier_uri": "https://portal.example/sector.json",
    }
    if accepted:
        require_sector(metadata)
    else:
        with pytest.raises(MetadataProblem) as refused_for:
            require_sector(metadata)
        assert refused_for.value.member == "sector_identifier_uri"
    assert asked == ["https://portal.example/sector.json"]


@must("oidc-core-8.1-4", "oidc-registration-5-1")
@pytest.mark.parametrize(
    "uri",
    [
        "http://portal.example/s.json",
        "ftp://portal.example/s.json",
        "file:///etc/passwd",
        "sector.json",
        "javascript:1",
    ],
)
def test_sector_document_is_refused_when_its_address_is_no_https_url(
    provider: Provider, uri: str
) -> None:
    answer = provider.register(subject_type="pairwise", sector_identifier_uri=uri)
    refused(answer, "invalid_client_metadata")
