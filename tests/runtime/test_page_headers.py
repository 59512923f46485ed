"""What stands on every page: the policy its contents obey, and the language it speaks."""

from typing import Any

import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from deploy.page_headers import Language, PagePolicy

POLICY = "Content-Security-Policy"


def answered(middleware: type[CSPMiddleware], **marks: Any) -> dict[str, set[str]]:
    """The policy's directives on a response that a view marked."""

    def view(_: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        for name, value in marks.items():
            setattr(response, f"_csp_{name}", value)
        return response

    written = middleware(view)(HttpRequest()).headers.get(POLICY, "")
    parts = (part.split() for part in written.split(";"))
    return {part[0]: set(part[1:]) for part in parts if part}


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {"update": {"form-action": ["https://portal.example"]}},
        {"update": {"form-action": ["com.example.app:"], "frame-src": ["https://a.example"]}},
        {"replace": {"img-src": ["https://img.example"]}},
        {"config": {"default-src": ["'self'"]}},
        {"exempt": True},
    ],
    ids=["plain", "one-origin", "two-directives", "replaced", "configured", "exempt"],
)
def test_policy_is_the_library_s_when_it_is_built_once(marks: dict[str, Any]) -> None:
    expected = answered(CSPMiddleware, **marks)
    for _ in range(2):
        assert answered(PagePolicy, **marks) == expected
    assert ("form-action" in expected) == (not marks.keys() & {"exempt", "config"})


def test_policy_leaves_the_header_alone_when_a_view_wrote_its_own() -> None:
    own = HttpResponse(headers={POLICY: "default-src 'none'"})
    assert PagePolicy(lambda _: own)(HttpRequest())[POLICY] == "default-src 'none'"


def test_policies_of_two_answers_do_not_mix_when_one_instance_writes_both() -> None:
    wanted = iter(["https://a.example", "https://b.example", "https://a.example"])

    def view(_: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        response._csp_update = {"form-action": [next(wanted)]}  # type: ignore[attr-defined]
        return response

    middleware = PagePolicy(view)
    first, second, third = (middleware(HttpRequest())[POLICY] for _ in range(3))
    assert "a.example" in first
    assert "b.example" not in first
    assert "a.example" not in second
    assert first == third


@pytest.mark.parametrize(
    ("cookie", "accepts", "language"),
    [
        ("", "", "zh-hans"),
        ("", "en-GB,en;q=0.9", "en"),
        ("zh-hant", "en", "zh-hant"),
        ("klingon", "zh-HK", "zh-hant"),
    ],
)
def test_words_speak_the_person_s_language_when_no_step_says_them(
    cookie: str, accepts: str, language: str
) -> None:
    spoken: list[str | None] = []

    def view(_: HttpRequest) -> HttpResponse:
        spoken.append(translation.get_language())
        return HttpResponse()

    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepts
    request.COOKIES["tx_language_8000"] = cookie
    with translation.override("en"):
        Language(view)(request)
    assert spoken == [language]
