"""RFC 9207: the issuer in the authorization response."""

import pytest

from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.wire import Browser

must = pytest.mark.must


@must("rfc9207-2-1", "rfc9207-2.3-2")
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_successful_response_names_the_issuer(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, mode: str
) -> None:
    authorization = web.authorize(signed_in, citizen, response_mode=mode)
    assert authorization.code
    assert authorization.parameters["iss"] == web.provider.issuer


@must("rfc9207-2-1", "rfc9207-2.3-2")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"prompt": "none"}, id="login_required"),
        pytest.param({"response_type": "token"}, id="unsupported_response_type"),
        pytest.param({"scope": "openid \\"}, id="invalid_scope"),
        pytest.param({"request_uri": "https://portal.example/r"}, id="request_uri"),
    ],
)
def test_error_response_names_the_issuer(
    web: RelyingParty, browser: Browser, changes: dict[str, str]
) -> None:
    parameters = web.begin(browser, **changes).location_parameters()
    assert parameters["error"]
    assert parameters["iss"] == web.provider.issuer


@must("rfc9207-2.3-1", "rfc9207-2.3-3")
def test_metadata_tells_that_the_issuer_is_named(provider: Provider) -> None:
    assert provider.metadata["authorization_response_iss_parameter_supported"] is True
    assert provider.issuer
