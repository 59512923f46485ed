"""Django's system checks of a deployment: the production profile's refusals, by their ids."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from deploy.production import refusals


@register()
def production_refusals(**_: Any) -> list[CheckMessage]:
    """Report what the production profile refuses to start with."""
    return [
        Error(finding.problem, hint=finding.mend, id=f"deploy.{finding.id}")
        for finding in refusals(settings.PROVIDER)
    ]
