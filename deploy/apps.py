"""Names this room to Django."""

from django.apps import AppConfig


class DeployConfig(AppConfig):
    """The room as a Django application."""

    name = "deploy"
    label = "deploy"
