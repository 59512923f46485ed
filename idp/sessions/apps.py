"""Names this room to Django."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.sessions"
    label = "sessions"
