"""Where a code can be sent to from here: phones that a gateway serves, and mailboxes.

It is known by the number's beginning alone: nothing here tells whether anybody has an account.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from connectors.evidence import Channel
from idp.conf import EmailAccounts
from idp.journey.record import Progress
from idp.journey.steps import Turn
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.identifiers import TypedIdentifier, mask_identifier, parse_email, parse_phone
from idp.subjects.models import Identifier

Reaches = Callable[[Channel, str], bool]
"""Whether a gateway at work serves a number (E.164), or an address, of this channel."""
BY_EMAIL: Final = Kind.EMAIL.value
"""`login_way` of who is asked for an e-mail address."""


def text_messages_alone(channel: Channel, _to: str) -> bool:
    """Reach every phone and no mailbox."""
    return channel is Channel.SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """`kinds` are the authenticators in use; `accounts` what an address alone opens."""

    kinds: Collection[Kind]
    reaches: Reaches
    accounts: EmailAccounts

    @property
    def takes_email(self) -> bool:
        """Whether a code can come by e-mail at all."""
        return Kind.EMAIL in self.kinds and self.reaches(Channel.EMAIL, "")

    @property
    def opens_by_email(self) -> bool:
        """Whether an address opens an account."""
        return self.accounts is not EmailAccounts.NONE

    @property
    def level_by_email(self) -> int:
        """The identity level that an address alone is worth."""
        return 1 if self.accounts is EmailAccounts.ANY else 0

    def can_reach(self, to: TypedIdentifier) -> bool:
        if to.kind == Identifier.Kind.EMAIL:
            return self.takes_email
        return self.reaches(Channel.SMS, to.value)

    def read(self, text: str) -> TypedIdentifier | None:
        """The number or, where e-mail is taken, the address that was typed; None for neither."""
        if phone := parse_phone(text):
            return phone_number(phone)
        address = parse_email(text) if self.takes_email else ""
        return email_address(address) if address else None


def phone_number(phone: str) -> TypedIdentifier:
    """A phone (E.164) as an identifier."""
    return TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone)


def email_address(address: str) -> TypedIdentifier:
    """An address in canonical form as an identifier."""
    return TypedIdentifier(kind=Identifier.Kind.EMAIL, value=address)


def sent_to(progress: Progress) -> TypedIdentifier:
    """Where the code went that this journey waits for."""
    if progress.login_email:
        return email_address(progress.login_email)
    return phone_number(progress.login_phone)


def named(turn: Turn) -> str:
    """The receiver of this turn's code, masked."""
    return mask_identifier(sent_to(turn.progress))
