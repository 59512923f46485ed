"""Names this room to Django."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.channels"
    label = "channels"
