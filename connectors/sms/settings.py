"""Which gateway account sends our messages, and which of its templates says what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.delivery_reports import NO_TOKEN
from connectors.settings import Secret, require_base_url

# The gateway's test accounts of the sandbox authority; `sandbox.sms_gateway` knows the same.
_SANDBOX_TEMPLATES = {
    "verification_code.zh-Hans": "SMS_100001",
    "verification_code.zh-Hant": "SMS_100002",
    "verification_code.en": "SMS_100003",
    "security_notice.zh-Hans": "SMS_100011",
    "security_notice.zh-Hant": "SMS_100012",
    "security_notice.en": "SMS_100013",
    "contact_code.zh-Hans": "SMS_100021",
    "contact_code.zh-Hant": "SMS_100022",
    "contact_code.en": "SMS_100023",
    "contact_notice.zh-Hans": "SMS_100031",
    "contact_notice.zh-Hant": "SMS_100032",
    "contact_notice.en": "SMS_100033",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """One account with the gateway.

    Attributes:
        base_url: the endpoint, for example `https://dysmsapi.aliyuncs.com`.
        access_key_id: the account.
        access_key_secret: the key of the request signature.
        sign_name: the registered signature that stands before every message.
        templates: `<our template>.<language tag>` → the gateway's template id.
        callback_token: what the status report's address carries; without one reports are refused.
        timeout: seconds for one call in all.
    """

    base_url: str
    access_key_id: str
    access_key_secret: Secret
    sign_name: str
    templates: Mapping[str, str] = field(default_factory=dict)
    callback_token: Secret = NO_TOKEN
    timeout: float = 6.0

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        require_base_url(self.base_url)
        if not self.templates:
            raise ValueError("templates: at least one")
        if self.timeout <= 0:
            raise ValueError("timeout: more than 0 seconds")

    def template_for(self, template: str, language: str) -> str | None:
        """The gateway's id of our `template` in `language`, or in zh-Hans where that lacks."""
        return self.templates.get(f"{template}.{language}") or self.templates.get(
            f"{template}.zh-Hans"
        )

    def lacking(self, templates: Iterable[str]) -> tuple[str, ...]:
        """The settings that are missing for `templates`: whoever is to get those gets nothing."""
        return tuple(
            f"templates.{each}.zh-Hans"
            for each in templates
            if f"{each}.zh-Hans" not in self.templates
        )


def for_sandbox(base_url: str) -> SmsSettings:
    """The settings that the sandbox authority at `base_url` accepts."""
    return SmsSettings(
        base_url=f"{base_url}/sms",
        access_key_id="sandbox-sms",
        access_key_secret=Secret("sandbox-sms-secret"),
        sign_name="通行",
        templates=_SANDBOX_TEMPLATES,
        callback_token=Secret("sandbox-report-token"),
    )
