"""Names this room to Django."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """The room as a Django application."""

    name = "idp.subjects"
    label = "subjects"
