from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.protocols.oauth.errors import InvalidRequest
from idp.protocols.oauth.wire import WireRequest, parse_form

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=20))
def test_form_reads_what_was_written_when_any_text_is_sent(parameters: dict[str, str]) -> None:
    parameters.pop("resource", None)

    form = parse_form(urlencode(parameters).encode())

    assert form.single == {name: value for name, value in parameters.items() if value}


@given(st.text(alphabet="ab=&%+2Ff;", max_size=30))
def test_form_agrees_with_the_standard_library_when_the_syntax_is_odd(raw: str) -> None:
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict")
    except ValueError:
        pairs = None
    try:
        form = parse_form(raw.encode())
    except InvalidRequest:
        assert pairs is None or len({name for name, _ in pairs}) < len(pairs)
    else:
        assert pairs is not None
        assert form.single == {name: value for name, value in pairs if value}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"a=1&a=2", id="repeated"),
        pytest.param(b"a=&a=2", id="repeated-after-an-empty-one"),
        pytest.param(b"a=1&%61=2", id="repeated-in-disguise"),
        pytest.param(b"a=%ff", id="bad-utf-8"),
        pytest.param("a=ü".encode(), id="not-ascii"),
        pytest.param(b"a=%00", id="nul"),
        pytest.param(b"&".join(b"p%d=1" % n for n in range(65)), id="too-many"),
    ],
)
@pytest.mark.spec("RFC 6749 §3.1", "parameters MUST NOT be included more than once")
def test_form_is_refused_when_it_is_ambiguous_or_malformed(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_form(raw)


@pytest.mark.spec("RFC 8707 §2", "Multiple resource parameters MAY be used")
def test_form_keeps_every_resource_when_several_are_sent() -> None:
    form = parse_form(b"resource=urn%3Aa&x=1&resource=urn%3Ab")

    assert form.resources == ("urn:a", "urn:b")
    assert form.single == {"x": "1"}


def test_form_is_empty_when_the_body_is() -> None:
    assert parse_form(b"").single == {}


def test_request_shows_nothing_secret_when_it_is_printed() -> None:
    request = WireRequest(
        method="POST",
        path="/oauth2/token",
        query="code=secret",
        body=b"client_secret=secret",
        authorization="Basic secret",
        cookies={"session": "secret"},
    )
    assert repr(request) == "WireRequest(POST /oauth2/token)"
