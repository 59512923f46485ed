"""How things stand in each room of the space, in a few words of the page's language."""

from django.utils.translation import gettext, ngettext


def documents(number: int) -> str:
    if not number:
        return gettext("none yet")
    return ngettext("%(number)d document", "%(number)d documents", number) % {"number": number}


def ways(number: int) -> str:
    return ngettext("%(number)d way", "%(number)d ways", number) % {"number": number}


def contacts(number: int) -> str:
    if not number:
        return gettext("nobody yet")
    return ngettext("%(number)d contact", "%(number)d contacts", number) % {"number": number}


def children(number: int) -> str:
    return ngettext("%(number)d child", "%(number)d children", number) % {"number": number}


def sessions(number: int) -> str:
    return ngettext("%(number)d place", "%(number)d places", number) % {"number": number}


def devices(number: int) -> str:
    if not number:
        return gettext("none yet")
    return ngettext("%(number)d browser", "%(number)d browsers", number) % {"number": number}


def services(number: int) -> str:
    if not number:
        return gettext("none yet")
    return ngettext("%(number)d service", "%(number)d services", number) % {"number": number}


def agreements(number: int) -> str:
    if not number:
        return gettext("none")
    return ngettext("%(number)d in force", "%(number)d in force", number) % {"number": number}
