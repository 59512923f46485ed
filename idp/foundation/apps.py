"""Registers the ground floor with Django; its models live beside the rooms that own them."""

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    """The app whose tables every other room builds on."""

    name = "idp.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Foundation"
