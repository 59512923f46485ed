"""How personal data is shown on a page: enough to recognise, not enough to use."""

_SHOWN_PHONE_START, _SHOWN_PHONE_END = 3, 4
_IDENTITY_NUMBER_LENGTH = 18


def mask_phone(number: str) -> str:
    """Return a phone number as 138 **** 0001; a foreign one keeps its country code.

    Takes E.164 (`+8613800000001`) or a bare mainland number.
    """
    bare = number.removeprefix("+86")
    if bare.startswith("+"):
        return f"{bare[:4]} **** {bare[-_SHOWN_PHONE_END:]}"
    return f"{bare[:_SHOWN_PHONE_START]} **** {bare[-_SHOWN_PHONE_END:]}"


def mask_email(address: str) -> str:
    """Return an address as z***@example.cn."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain}"


def mask_name(name: str) -> str:
    """Return a name with its first letters only: 张*, 欧***, E*** A***."""
    words = name.split()
    if len(words) > 1:
        return " ".join(f"{word[0]}***" for word in words)
    return name[:1] + "*" * max(1, min(3, len(name) - 1))


def mask_document_number(number: str) -> str:
    """Return a document number with its middle hidden, grouped 6-8-4 when it has 18 characters."""
    if len(number) == _IDENTITY_NUMBER_LENGTH:
        return f"{number[:6]} ******** {'***' + number[-1]}"
    if len(number) < 5:
        return "*" * len(number)
    return number[:2] + "*" * (len(number) - 4) + number[-2:]


def group_document_number(number: str) -> str:
    """Return an 18-character number grouped 6-8-4; any other stays as it is."""
    if len(number) != _IDENTITY_NUMBER_LENGTH:
        return number
    return f"{number[:6]} {number[6:14]} {number[14:]}"
