"""Names this room to Django."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.staff"
    label = "staff"
