"""Which account with the second gateway sends our messages, and which template says what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.delivery_reports import NO_TOKEN
from connectors.settings import Secret, require_base_url

# The sandbox authority's templates; `sandbox.sms_tencent` knows the same.
_SANDBOX_TEMPLATES = {
    "verification_code.zh-Hans": "900001",
    "verification_code.zh-Hant": "900002",
    "verification_code.en": "900003",
    "security_notice.zh-Hans": "900011",
    "security_notice.zh-Hant": "900012",
    "security_notice.en": "900013",
    "contact_code.zh-Hans": "900021",
    "contact_code.zh-Hant": "900022",
    "contact_code.en": "900023",
    "contact_notice.zh-Hans": "900031",
    "contact_notice.zh-Hant": "900032",
    "contact_notice.en": "900033",
}
_SANDBOX_INTERNATIONAL = {
    name: template.replace("9000", "9100") for name, template in _SANDBOX_TEMPLATES.items()
}
_PARAMETERS = {
    "verification_code": "code minutes",
    "security_notice": "event",
    "contact_code": "name code minutes",
    "contact_notice": "name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TencentSmsSettings:
    """One account with the gateway.

    Attributes:
        base_url: the endpoint, for example `https://sms.tencentcloudapi.com`.
        secret_id: the account.
        secret_key: the key of the request signature.
        sdk_app_id: the SMS application the messages are counted on.
        sign_name: the registered signature before mainland messages.
        templates: `<our template>.<language tag>` → the gateway's template id, for the mainland.
        international_templates: the same for every other country and for +852, +853, +886.
        template_parameters: our template → its parameters' names, in order, between spaces.
        region: the gateway's region.
        callback_token: what the status report's address carries; without one reports are refused.
        timeout: seconds for one call in all.
    """

    base_url: str
    secret_id: str
    secret_key: Secret
    sdk_app_id: str
    sign_name: str
    templates: Mapping[str, str] = field(default_factory=dict)
    international_templates: Mapping[str, str] = field(default_factory=dict)
    template_parameters: Mapping[str, str] = field(default_factory=lambda: dict(_PARAMETERS))
    region: str = "ap-guangzhou"
    callback_token: Secret = NO_TOKEN
    timeout: float = 6.0

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        require_base_url(self.base_url)
        if not self.templates and not self.international_templates:
            raise ValueError("templates: at least one")
        if self.timeout <= 0:
            raise ValueError("timeout: more than 0 seconds")

    def template_for(self, template: str, language: str, *, is_mainland: bool) -> str | None:
        """The gateway's id of our `template` in `language`, or in zh-Hans where that lacks."""
        known = self.templates if is_mainland else self.international_templates
        return known.get(f"{template}.{language}") or known.get(f"{template}.zh-Hans")

    def lacking(self, templates: Iterable[str]) -> tuple[str, ...]:
        """The settings that are missing for `templates`: whoever is to get those gets nothing.

        Of the two kinds of recipients, those for whom there is no template at all are not served.
        """
        tables = (
            ("templates", self.templates),
            ("international_templates", self.international_templates),
        )
        return tuple(
            f"{name}.{each}.zh-Hans"
            for name, known in tables
            for each in templates
            if known and f"{each}.zh-Hans" not in known
        )

    def names_of(self, template: str) -> tuple[str, ...]:
        """The names of the parameters of `template`, in the order the gateway fills them."""
        return tuple(self.template_parameters.get(template, "").split())


def for_sandbox(base_url: str) -> TencentSmsSettings:
    """The settings that the sandbox authority at `base_url` accepts."""
    return TencentSmsSettings(
        base_url=f"{base_url}/sms-tencent",
        secret_id="sandbox-tencent",  # noqa: S106 - the sandbox's account name, public on purpose
        secret_key=Secret("sandbox-tencent-secret"),
        sdk_app_id="1400000001",
        sign_name="通行",
        templates=_SANDBOX_TEMPLATES,
        international_templates=_SANDBOX_INTERNATIONAL,
        callback_token=Secret("sandbox-report-token"),
    )
