"""The changes of policies, wired: whose console must stay enterable, and by which clock."""

from collections.abc import Mapping

from deploy.composition.ground import Ground
from deploy.composition.staff import staff_factors
from idp.conf import Profile, ProviderSettings
from idp.journey.access.changes import PolicyChanges
from idp.journey.access.console_entry import console_facts
from idp.journey.access.lockout import WITH_PASSKEY, administrators_of_roles
from idp.staff.accounts import StaffAccounts
from idp.staff.authenticators import SecondFactors
from idp.staff.roles import Role
from policies.facts import Facts


def policy_changes(ground: Ground) -> PolicyChanges:
    """How the policies of this house are changed."""
    accounts = StaffAccounts(sealer=ground.sealer, index=ground.index, clock=ground.clock)
    factors = staff_factors(ground)
    return PolicyChanges(administrators=lambda: menders(accounts, factors), clock=ground.clock)


def menders(accounts: StaffAccounts, factors: SecondFactors) -> Mapping[str, Facts]:
    """Who could mend a mistake: the system administrators there are, by their user names.

    Each shows the most that they can; one who has enrolled no second factor yet, a passkey. A
    house that has no administrator yet is asked about one of each role.
    """
    found = {
        each.username: console_facts(
            str(each.id), amr=factors.provable(each.id, each.role) or WITH_PASSKEY
        )
        for each in accounts.listed()
        if each.role is Role.SYSTEM and not each.is_closed
    }
    return found or administrators_of_roles()


def has_four_eyes(settings: ProviderSettings, accounts: StaffAccounts) -> bool:
    """Whether there is one to propose and one to approve, so that a file may only propose."""
    roles = {each.role for each in accounts.listed() if not each.is_closed}
    return settings.profile is Profile.PRODUCTION and {Role.SYSTEM, Role.SECURITY} <= roles
