"""Names this room to Django."""

from django.apps import AppConfig


class JourneyConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.journey"
    label = "journey"
