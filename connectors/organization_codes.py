"""The unified social credit code of organizations 统一社会信用代码 (GB 32100-2015).

Owns its reading; whether such an organization exists, and how it stands, is the register's.
"""

import re
from typing import Final

from connectors.check_digits import organization_code_check, uscc_check
from connectors.documents.document import Fault, InvalidDocumentNumber, clean

_USCC: Final = re.compile(
    r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}[0-9A-HJ-NPQRTUWXY]", re.ASCII
)
_LENGTH: Final = 18


def normalise_uscc(text: str) -> str:
    """The canonical code.

    Raises:
        InvalidDocumentNumber: `text` cannot be one.
    """
    code = clean(text)
    if len(code) != _LENGTH:
        raise InvalidDocumentNumber(Fault.LENGTH)
    if _USCC.fullmatch(code) is None:
        raise InvalidDocumentNumber(Fault.CHARACTERS)
    inner = code[8:17]
    is_right = uscc_check(code[:17]) == code[17] and organization_code_check(inner[:8]) == inner[8]
    if not is_right:
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    return code
