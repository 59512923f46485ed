"""Who the caller is to this API."""

from pydantic import BaseModel

from admin.api.asked import Answer, Asked


class Own(BaseModel):
    """A client's place here."""

    client_id: str
    role: str
    department: str
    scopes: list[str]


def show(request: Asked) -> Answer:
    """Say in which role the token acts, and with which scopes."""
    caller = request.caller
    return Answer(
        body=Own(
            client_id=caller.client_id,
            role=caller.role,
            department=caller.department,
            scopes=sorted(caller.scopes),
        )
    )
