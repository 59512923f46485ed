"""Names this room to Django."""

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.foundation"
    label = "foundation"
