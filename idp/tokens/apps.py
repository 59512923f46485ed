"""Names this room to Django."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.tokens"
    label = "tokens"
