"""Names this room to Django."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The room as a Django application."""

    name = "admin"
    label = "console"
