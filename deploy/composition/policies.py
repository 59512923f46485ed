"""The changes of policies, wired: whose console must stay enterable, and by which clock."""

from deploy.composition.ground import Ground
from idp.journey.access.changes import PolicyChanges
from idp.journey.access.lockout import administrators_of_roles


def policy_changes(ground: Ground) -> PolicyChanges:
    """How the policies of this house are changed."""
    return PolicyChanges(administrators=administrators_of_roles, clock=ground.clock)
