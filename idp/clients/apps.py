"""Names this room to Django."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.clients"
    label = "clients"
