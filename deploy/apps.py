"""Names the composition root to Django, for its commands and checks."""

from importlib import import_module

from django.apps import AppConfig


class DeployConfig(AppConfig):
    """The composition root as a Django application."""

    name = "deploy"
    label = "deploy"

    def ready(self) -> None:
        """Register the deployment's checks."""
        import_module("deploy.checks")
