"""The commands of `manage.py`: its own ones by an explicit table, Django's by their names."""

import sys
from collections.abc import Callable, Mapping, Sequence

OVERVIEW = """\
python3 manage.py COMMAND

  up              run the whole product in the development profile
  verify          every check and every test (--quick, --long)
  apply FILE…     declarative configuration; --plan shows the difference and changes nothing
  audit verify    prove the audit chain
  import …        take over another platform's people and clients
  doctor          what is misconfigured here, and how to mend it
  staff …         links for the first administrators (init) and for more, accounts in trouble
  keys …          list, rotate or replace the signing keys
  people …        find by document, merge and undo, close and open, guardians
  policies …      propose, approve, replay, roll back access policies; what if
  devices …       invite, enrol, list and revoke readers and other devices
  deliveries …    what could not be delivered, and another try
  keys ceremony   make the root key, hand it out in shares, restore it from them

Each command explains itself with --help. Django's own commands work too (migrate, check, …).
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name and return the process's exit code."""
    name = arguments[0] if arguments else "help"
    if name in {"help", "--help", "-h"} and len(arguments) < 2:
        print(OVERVIEW, end="")
        return 0
    if name == "keys" and arguments[1:2] == ["ceremony"]:
        return _ceremony(arguments[2:])
    if name in _OWN:
        return _OWN[name](arguments[1:])
    return _django(arguments)


def _django(arguments: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line

    from deploy.production import UnsafeConfigurationError
    from deploy.settings.environment import SettingError

    try:
        execute_from_command_line(["manage.py", *arguments])
    except SettingError as error:
        print(f"TX100  {error}\n       → docs/reference/configuration.md", file=sys.stderr)
        return 1
    except UnsafeConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _up(arguments: Sequence[str]) -> int:
    from deploy.runtime.up import run as up

    return up(arguments)


def _ceremony(arguments: Sequence[str]) -> int:
    from deploy.ceremony import run as ceremony

    return ceremony(arguments)


def _verify(arguments: Sequence[str]) -> int:
    from deploy.verify.run import run as verify

    return verify(arguments)


# Late imports: the supervisor of `up` stays small, and never loads Django.
_OWN: Mapping[str, Callable[[Sequence[str]], int]] = {"up": _up, "verify": _verify}
