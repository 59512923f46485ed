"""The house put together: every room is handed here what would otherwise point upward.

`build` wires a whole process; `house` is this process's own, built once. Nothing else in the
product constructs a room's service.
"""

from deploy.composition.building import build, house

__all__ = ["build", "house"]
