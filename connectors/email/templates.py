"""What our e-mails say, in three languages, as text and as HTML.

Owns the words. A message is a template with parameters, never free text; in HTML every parameter is
escaped, and there is no link, picture or style to imitate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One message in one language."""

    language: str
    subject: str
    text: str
    html: str


# Template → language → subject, and paragraphs; the paragraph in `**` is the one to see first.
_WORDS: Final[Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]]] = {
    "verification_code": {
        "zh-Hans": (
            "验证码",
            (
                "您的验证码是:",
                "**${code}**",
                "${minutes}分钟内有效。请勿告诉任何人,包括工作人员。",
                "如非本人操作,请忽略本邮件。",
            ),
        ),
        "zh-Hant": (
            "驗證碼",
            (
                "您的驗證碼是:",
                "**${code}**",
                "${minutes}分鐘內有效。請勿告訴任何人,包括工作人員。",
                "如非本人操作,請忽略本郵件。",
            ),
        ),
        "en": (
            "Your code",
            (
                "Your code is:",
                "**${code}**",
                "It is valid for ${minutes} minutes. Share it with nobody, not even with staff.",
                "If you did not ask for it, ignore this message.",
            ),
        ),
    },
    "security_notice": {
        "zh-Hans": (
            "账号安全提醒",
            ("您的账号发生了安全变更:", "**${event}**", "如非本人操作,请立即联系我们。"),
        ),
        "zh-Hant": (
            "帳戶安全提醒",
            ("您的帳戶發生了安全變更:", "**${event}**", "如非本人操作,請立即聯絡我們。"),
        ),
        "en": (
            "A security change on your account",
            (
                "A security change was made on your account:",
                "**${event}**",
                "If this was not you, contact us at once.",
            ),
        ),
    },
    "alert": {
        "zh-Hans": (
            "统一身份认证告警",
            (
                "统一身份认证平台发出一条告警:",
                "**${what}**",
                "涉及:${about}。时间:${at}。",
                "请在管理控制台查看并确认:",
                "${url}",
            ),
        ),
        "zh-Hant": (
            "統一身份認證告警",
            (
                "統一身份認證平台發出一條告警:",
                "**${what}**",
                "涉及:${about}。時間:${at}。",
                "請在管理控制台查看並確認:",
                "${url}",
            ),
        ),
        "en": (
            "An alert of the sign-in service",
            (
                "The city's sign-in service raised an alert:",
                "**${what}**",
                "About: ${about}. Time: ${at}.",
                "See to it and acknowledge it in the console:",
                "${url}",
            ),
        ),
    },
}
_HTML: Final = Template(
    '<!DOCTYPE html>\n<html lang="${language}"><head><meta charset="utf-8">'
    "<title>${subject}</title></head>\n<body>\n${paragraphs}\n</body></html>\n"
)
_FALLBACK: Final = "zh-Hans"
TEMPLATES: Final = frozenset(_WORDS)


def render(template: str, language: str, parameters: Mapping[str, str]) -> Rendered | None:
    """The message in `language`, or in zh-Hans where that lacks; None for an unknown template.

    Raises:
        KeyError: a parameter is missing.
    """
    known = _WORDS.get(template)
    if known is None:
        return None
    spoken = language if language in known else _FALLBACK
    subject, paragraphs = known[spoken]
    escaped = {name: escape(value) for name, value in parameters.items()}
    html = "\n".join(
        f"<p><strong>{Template(words[2:-2]).substitute(escaped)}</strong></p>"
        if words.startswith("**")
        else f"<p>{Template(words).substitute(escaped)}</p>"
        for words in paragraphs
    )
    text = "\n\n".join(Template(words.strip("*")).substitute(parameters) for words in paragraphs)
    return Rendered(
        language=spoken,
        subject=subject,
        text=text + "\n",
        html=_HTML.substitute(language=spoken, subject=escape(subject), paragraphs=html),
    )
