"""`manage.py keys`: the signing keys as they stand, and their change before its time."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import transaction


class Command(BaseCommand):
    """List; announce successors; replace a key that may be known to others."""

    help = (
        "list shows the signing keys. rotate publishes successors now: they sign once clients can "
        "know them, and nothing breaks. replace withdraws a key that may be known to others: "
        "whatever it signed is refused at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        parser.add_argument("action", choices=["list", "rotate", "replace"])
        parser.add_argument("--alg", help="this algorithm alone; replace demands it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the action, with an audit event for every key it touches."""
        from deploy.composition import house
        from idp.foundation.keys import announce_next, replace_now

        ground = house().rooms.ground
        plan, now = ground.token_plan, ground.clock.now()
        algorithms = self._algorithms(plan.algorithms, options)
        for alg in algorithms:
            with transaction.atomic():
                if options["action"] == "rotate":
                    row = announce_next(now, alg=alg, sealer=ground.sealer, plan=plan)
                    signs_from = row.created_at + plan.policy.published_before
                    self.stdout.write(
                        f"{alg}: {row.kid} is published; it signs from {signs_from:%Y-%m-%d %H:%M}Z"
                    )
                    _tell("keys.announced", alg, ground)
                elif options["action"] == "replace":
                    replace_now(now, alg=alg, sealer=ground.sealer, plan=plan)
                    self.stdout.write(f"{alg}: replaced; what the old key signed is refused now")
                    _tell("keys.replaced", alg, ground)
        if options["action"] == "list":
            self._list(algorithms)

    def _algorithms(self, known: tuple[str, ...], options: dict[str, Any]) -> tuple[str, ...]:
        alg = options["alg"]
        if alg and alg not in known:
            raise CommandError(f"--alg must be one of {', '.join(known)}")
        if options["action"] == "replace" and not alg:
            raise CommandError("say which key with --alg: everything it signed will be refused")
        return (alg,) if alg else known

    def _list(self, algorithms: tuple[str, ...]) -> None:
        from idp.foundation.keys.models import SigningKeyRow

        rows = SigningKeyRow.objects.filter(purpose="token", alg__in=algorithms)
        for row in rows.order_by("alg", "created_at"):
            self.stdout.write(f"{row.alg}  {row.kid}  {row.state}  {row.created_at:%Y-%m-%d}")


def _tell(event: str, alg: str, ground: Any) -> None:
    from idp.foundation.audit import AuditEvent, record

    record(AuditEvent(type=event, outcome="success", detail={"alg": alg}), clock=ground.clock)
