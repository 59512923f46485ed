"""`manage.py staff`: links for the first administrators and for more, and locked accounts."""

from typing import TYPE_CHECKING, Any

from django.core.management import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from deploy.composition.staff import StaffRoom
    from idp.staff.accounts import Member
    from idp.staff.enrolment import Link

OPERATOR = "manage.py staff"
_WORDS = {
    "unlock": ("may try again", "it is not locked"),
    "suspend": ("is suspended; its sessions are ended", "it is suspended already"),
    "reinstate": ("is let in again", "it is not suspended"),
    "close": ("is closed; its sessions are ended", "it was closed meanwhile"),
}
"""What is said once it is done, and when there was nothing to do."""


class Command(BaseCommand):
    """Those who run the console."""

    help = (
        "init prints one-time links for the first system, security and audit administrators, one "
        "for each role that nobody holds. invite prints a link to one more account, again one to a "
        "new second factor for somebody who lost theirs. A link works once, within a day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("init", help="links for the first three administrators")
        invite = actions.add_parser("invite", help="a link to a new account")
        invite.add_argument(
            "--role",
            required=True,
            choices=["system", "security", "audit", "department", "supervisor"],
        )
        invite.add_argument("--department", default="", help="whose clients, for that role alone")
        actions.add_parser("list", help="every account")
        for name, words in (
            ("again", "a link to a new second factor"),
            ("unlock", "forget an account's wrong tries"),
            ("suspend", "shut an account until it is reinstated, and end its sessions"),
            ("reinstate", "open a suspended account again"),
            ("close", "close an account for good, and end its sessions"),
        ):
            actions.add_parser(name, help=words).add_argument("username")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the action; whatever changes something is an audit event."""
        from deploy.composition import house

        self._issuer = house().settings.issuer
        staff: StaffRoom = house().rooms.staff
        action = options["action"]
        if action == "init":
            self._init(staff)
        elif action == "invite":
            self._invite(staff, options["role"], options["department"])
        elif action == "list":
            for each in staff.accounts.listed():
                self.stdout.write(_line(each))
        else:
            member = staff.accounts.find(options["username"])
            if member is None or member.is_closed:
                raise CommandError("there is no such account")
            if action == "again":
                self._again(staff, member)
            else:
                self._stand(staff, member, action)

    def _init(self, staff: "StaffRoom") -> None:
        links = staff.enrolments.first_three()
        if not links:
            self.stdout.write("each of the three roles is held: there is nothing to begin")
        for link in links:
            self._show(staff, link)

    def _invite(self, staff: "StaffRoom", role: str, department: str) -> None:
        from idp.staff.accounts import NotAccepted
        from idp.staff.roles import Role

        try:
            link = staff.enrolments.invite(Role(role), operator=OPERATOR, department=department)
        except NotAccepted as problem:
            raise CommandError("--department goes with --role department, and only so") from problem
        self._show(staff, link)

    def _again(self, staff: "StaffRoom", member: "Member") -> None:
        self._show(staff, staff.enrolments.invite_again(member, operator=OPERATOR))

    def _stand(self, staff: "StaffRoom", member: "Member", action: str) -> None:
        from idp.staff.accounts import By
        from idp.staff.standing import LastOfItsRole

        try:
            is_done = getattr(staff.standing, action)(member.id, by=By(operator=OPERATOR))
        except LastOfItsRole as problem:
            raise CommandError(f"it is the last of its role, {member.role}") from problem
        done, already = _WORDS[action]
        if not is_done:
            raise CommandError(already)
        self.stdout.write(f"{member.username} {done}")

    def _show(self, staff: "StaffRoom", link: "Link") -> None:
        address = staff.enrolment_address(link.token, self._issuer)
        self.stdout.write(f"{link.role}  until {link.expires_at:%Y-%m-%d %H:%M}Z\n  {address}")


def _line(member: "Member") -> str:
    seen = f"{member.last_signed_in_at:%Y-%m-%d %H:%M}Z" if member.last_signed_in_at else "never"
    parts = (member.username, member.role, member.department, member.state, f"signed in {seen}")
    return "  ".join(part for part in parts if part)
