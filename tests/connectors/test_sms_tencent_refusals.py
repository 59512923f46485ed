"""The second vendor's sandbox is as strict as the vendor: what it refuses, and with which code."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.settings import Secret
from connectors.sms_tencent.settings import for_sandbox
from connectors.sms_tencent.wire import Call, signed_headers

ASKED = {
    "PhoneNumberSet": ["+8613800000001"],
    "SmsSdkAppId": "1400000001",
    "SignName": "通行",
    "TemplateId": "900001",
    "TemplateParamSet": ["482915", "5"],
}


def told(
    sandbox: Any,
    body: object,
    *,
    headers: dict[str, str] | None = None,
    **changed: Any,
) -> str:
    """The code of the interface, or of the one message."""
    settings = for_sandbox(sandbox.url)
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    call: dict[str, Any] = {
        "url": settings.base_url,
        "action": "SendSms",
        "region": settings.region,
        "body": octets,
        "secret_id": settings.secret_id,
        "secret_key": settings.secret_key,
        "now": sandbox.now,
    }
    sent = signed_headers(Call(**(call | changed))) | (headers or {})
    path = settings.base_url.removeprefix(sandbox.url)
    status, answer = sandbox.ask("POST", path, body=octets, headers=sent)
    assert status == 200
    response = json.loads(answer)["Response"]
    assert response["RequestId"]
    if "Error" in response:
        return str(response["Error"]["Code"])
    return str(response["SendStatusSet"][0]["Code"])


def test_message_is_taken_when_all_is_as_agreed(sandbox: Any) -> None:
    assert told(sandbox, {**ASKED, "SmsSdkAppId": for_sandbox(sandbox.url).sdk_app_id}) == "Ok"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"headers": {"Authorization": "none"}}, "AuthFailure.InvalidAuthorization"),
        ({"secret_id": "somebody"}, "AuthFailure.SecretIdNotFound"),
        ({"secret_key": Secret("wrong")}, "AuthFailure.SignatureFailure"),
        ({"headers": {"X-TC-Timestamp": "soon"}}, "AuthFailure.SignatureExpire"),
        ({"version": "2019-07-11"}, "NoSuchVersion"),
        ({"action": "SendFax"}, "InvalidAction"),
    ],
    ids=["unsigned", "account", "signature", "time", "version", "action"],
)
def test_call_is_refused_with_the_vendors_code_when_it_is_not_in_order(
    changed: dict[str, Any], code: str, sandbox: Any
) -> None:
    asked = {**ASKED, "SmsSdkAppId": for_sandbox(sandbox.url).sdk_app_id}
    assert told(sandbox, asked, **changed) == code


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_call_is_refused_when_it_is_of_another_time(seconds: int, sandbox: Any) -> None:
    then = sandbox.now + timedelta(seconds=seconds)
    assert told(sandbox, ASKED, now=then) == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"SmsSdkAppId": "0"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"PhoneNumberSet": ["13800000001"]}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"SignName": "别人"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "1"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (
            {"TemplateParamSet": ["482915"]},
            "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        ),
    ],
)
def test_message_is_refused_with_the_vendors_code_when_it_was_not_agreed(
    changed: dict[str, Any], code: str, sandbox: Any
) -> None:
    asked = {**ASKED, "SmsSdkAppId": for_sandbox(sandbox.url).sdk_app_id}
    assert told(sandbox, asked | changed) == code


def test_call_is_refused_when_it_is_no_json(sandbox: Any) -> None:
    assert told(sandbox, b"{") == "InvalidParameter"
