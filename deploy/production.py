"""What the production profile refuses to start with, each with an id and the way to mend it."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.conf import Profile, ProviderSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with a deployment."""

    id: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.id}: {self.problem} {self.mend}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A rule of the production profile."""

    finding: Finding
    applies: Callable[[ProviderSettings], bool]


class UnsafeConfigurationError(RuntimeError):
    """This deployment must not serve real people."""


def _has_development_keys(settings: ProviderSettings) -> bool:
    keys = (settings.root_key, settings.blind_index_key, settings.pairwise_salt)
    return any(key.is_development() for key in keys)


REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        finding=Finding(
            id="TX001",
            problem="The issuer is not an https address.",
            mend="Set TONGXING_ISSUER to the address citizens see, starting with https://.",
        ),
        applies=lambda settings: not settings.is_https,
    ),
    Refusal(
        finding=Finding(
            id="TX002",
            problem="The sandbox authority is configured.",
            mend="Unset TONGXING_SANDBOX_URL and configure real connectors.",
        ),
        applies=lambda settings: bool(settings.sandbox_url),
    ),
    Refusal(
        finding=Finding(
            id="TX003",
            problem="Made-up people would be seeded.",
            mend="Unset TONGXING_PERSONAS.",
        ),
        applies=lambda settings: settings.personas,
    ),
    Refusal(
        finding=Finding(
            id="TX004",
            problem="Anyone may register a client.",
            mend="Unset TONGXING_REGISTRATION_OPEN; clients apply and are reviewed.",
        ),
        applies=lambda settings: settings.registration_open,
    ),
    Refusal(
        finding=Finding(
            id="TX005",
            problem="A secret was made by the development profile.",
            mend="Make new ones, e.g. with `openssl rand -base64 48 | tr '+/' '-_'`.",
        ),
        applies=_has_development_keys,
    ),
    Refusal(
        finding=Finding(
            id="TX006",
            problem="The issuer ends with a slash, or has a query or a fragment.",
            mend="OpenID Connect Discovery §3 wants https://host[:port][/path] alone.",
        ),
        applies=lambda settings: (
            settings.issuer.endswith("/") or any(mark in settings.issuer for mark in "?#")
        ),
    ),
    Refusal(
        finding=Finding(
            id="TX007",
            problem="Alerts go to a webhook that is not https, or without a key that signs them.",
            mend="Let TONGXING_ALERTS_WEBHOOK be https, and set TONGXING_ALERTS_WEBHOOK_KEY.",
        ),
        applies=lambda settings: (
            bool(settings.alerts.webhook)
            and not (
                settings.alerts.webhook.startswith("https://")
                and settings.alerts.webhook_key.reveal()
            )
        ),
    ),
)


def refusals(settings: ProviderSettings) -> tuple[Finding, ...]:
    """Return why `settings` may not serve real people; empty outside production."""
    if settings.profile is not Profile.PRODUCTION:
        return ()
    return tuple(rule.finding for rule in REFUSALS if rule.applies(settings))


def require_safe(settings: ProviderSettings) -> None:
    """Stop the start of an unsafe production deployment.

    Raises:
        UnsafeConfigurationError: names every problem and how to mend it.
    """
    if found := refusals(settings):
        lines = "\n".join(f"  {finding}" for finding in found)
        raise UnsafeConfigurationError(f"The production profile refuses to start:\n{lines}")
