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
    "contact_code": {
        "zh-Hans": (
            "接收提醒的确认码",
            (
                "${name}希望把账号提醒也发送到这里。如您同意,请把确认码告诉对方:",
                "**${code}**",
                "${minutes}分钟内有效。它不能登录任何账号。您只会收到提醒,不会看到对方的任何信息。",
                "如您不认识对方,请忽略本邮件。",
            ),
        ),
        "zh-Hant": (
            "接收提醒的確認碼",
            (
                "${name}希望把帳戶提醒也傳送到這裡。如您同意,請把確認碼告訴對方:",
                "**${code}**",
                "${minutes}分鐘內有效。它不能登入任何帳戶。您只會收到提醒,不會看到對方的任何資料。",
                "如您不認識對方,請忽略本郵件。",
            ),
        ),
        "en": (
            "A code to agree to notices",
            (
                "${name} wants notices about their account to go here too. If you agree, say:",
                "**${code}**",
                "Valid for ${minutes} minutes; it signs in nowhere, and you see nothing of theirs.",
                "If you do not know who this is, ignore this message.",
            ),
        ),
    },
    "contact_notice": {
        "zh-Hans": (
            "请提醒您的亲友",
            (
                "您是以下账号的提醒联系人:",
                "**${name}**",
                "该账号有一项安全提醒。请转告本人登录查看,或致电我们;您无需登录。",
            ),
        ),
        "zh-Hant": (
            "請提醒您的親友",
            (
                "您是以下帳戶的提醒聯絡人:",
                "**${name}**",
                "該帳戶有一項安全提醒。請轉告本人登入查看,或致電我們;您無需登入。",
            ),
        ),
        "en": (
            "Please remind somebody you know",
            (
                "You are the contact for the account of:",
                "**${name}**",
                "There is a security notice about it. Please tell them to sign in, or to call us.",
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
