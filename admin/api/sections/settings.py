"""The settings in force, to read: no secret is told, only whether there is one."""

from pydantic import BaseModel, Field

from admin.api.asked import Answer, Asked
from admin.sections.settings import Source


class Setting(BaseModel):
    """One setting in force."""

    name: str
    value: str | None = Field(description="Null for a secret.")
    is_set: bool
    is_secret: bool
    source: Source


class Settings(BaseModel):
    """Every setting, by name."""

    items: list[Setting]


def listed(request: Asked) -> Answer:
    """List the settings in force; they are changed in the environment, then a restart."""
    found = sorted(request.services.settings(), key=lambda each: each.name)
    return Answer(
        body=Settings(
            items=[
                Setting(
                    name=each.name,
                    value=None if each.is_secret else each.value,
                    is_set=each.is_set,
                    is_secret=each.is_secret,
                    source=each.source,
                )
                for each in found
            ]
        )
    )
