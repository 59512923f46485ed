"""Names this room to Django."""

from django.apps import AppConfig


class ManagementConfig(AppConfig):
    """The room as a Django application."""

    name = "admin.api"
    label = "management"
