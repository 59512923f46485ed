"""How the sample portals look: two on purpose unlike each other, and unlike the provider.

What a person reads is in their browser's language; what engineers look for is folded away below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.samples.catalogue import SamplePortal
from deploy.samples.problems import LoginFailed
from deploy.samples.web import icon, text

LEVEL_NAMES: Mapping[str, Mapping[str, str]] = {
    "zh-Hans": {
        "1": "已验证手机号",
        "2": "已与公安人口信息核对",
        "3": "已核对本人面容",
        "4": "已当面核验",
    },
    "zh-Hant": {
        "1": "已驗證手機號碼",
        "2": "已與官方身分資料核對",
        "3": "已核對本人面容",
        "4": "已當面核驗",
    },
    "en": {
        "1": "Phone number confirmed",
        "2": "Checked against public records",
        "3": "Checked with your face",
        "4": "Checked in person",
    },
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh-Hans": {
        "sign_in_first": "请先登录，再办理“{service}”。",
        "sign_in": "使用城市统一账号登录",
        "hello": "{who}，您好",
        "you": "您",
        "ready": "“{service}”可以办理了。",
        "known": "本站知道的您的信息",
        "name": "姓名",
        "phone_number": "手机",
        "gender": "性别",
        "birthdate": "出生日期",
        "level": "身份核验",
        "auth_time": "登录时间",
        "more": "“{task}”需要确认是您本人。",
        "do_more": "办理{task}",
        "sign_out": "退出登录",
        "engineers": "供接入工程师查看",
        "sub": "sub（在本站的编号）",
        "acr": "acr",
        "elsewhere": "其他网站",
        "male": "男",
        "female": "女",
    },
    "zh-Hant": {
        "sign_in_first": "請先登入，再辦理「{service}」。",
        "sign_in": "使用城市統一帳戶登入",
        "hello": "{who}，您好",
        "you": "您",
        "ready": "「{service}」可以辦理了。",
        "known": "本站知道的您的資料",
        "name": "姓名",
        "phone_number": "手機",
        "gender": "性別",
        "birthdate": "出生日期",
        "level": "身分核驗",
        "auth_time": "登入時間",
        "more": "「{task}」需要確認是您本人。",
        "do_more": "辦理{task}",
        "sign_out": "登出",
        "engineers": "供接入工程師查看",
        "sub": "sub（在本站的編號）",
        "acr": "acr",
        "elsewhere": "其他網站",
        "male": "男",
        "female": "女",
    },
    "en": {
        "sign_in_first": "Sign in first, then go on with “{service}”.",
        "sign_in": "Sign in with your city account",
        "hello": "Hello, {who}",
        "you": "and welcome",
        "ready": "You can go on with “{service}”.",
        "known": "What this site knows of you",
        "name": "Name",
        "phone_number": "Phone",
        "gender": "Sex",
        "birthdate": "Date of birth",
        "level": "Identity",
        "auth_time": "Signed in",
        "more": "“{task}” needs to be sure that it is you.",
        "do_more": "Go on to {task}",
        "sign_out": "Sign out",
        "engineers": "For engineers",
        "sub": "sub (your number at this site)",
        "acr": "acr",
        "elsewhere": "Other sites",
        "male": "male",
        "female": "female",
    },
}
FOR_ENGINEERS = ("sub", "acr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page says: to whom, in which language, and where else one may go."""

    language: str
    person: dict[str, Any] | None
    others: tuple[tuple[str, str], ...]
    problem: LoginFailed | None = None

    def say(self, word: str, **parts: str) -> str:
        return text(WORDS[self.language][word].format(**parts))


def portal_page(portal: SamplePortal, shown: Shown) -> str:
    notice = _notice(shown, shown.problem) if shown.problem else ""
    main = _welcome(portal, shown, shown.person) if shown.person else _invitation(portal, shown)
    links = "".join(
        f'<li><a href="{text(url)}/">{text(name)}</a></li>' for name, url in shown.others
    )
    name, elsewhere = text(portal.name_in(shown.language)), shown.say("elsewhere")
    return (
        f'<!doctype html><html lang="{shown.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title>{icon(portal.colour)}"
        '<link rel="stylesheet" href="/portal.css"></head>'
        f'<body class="{text(portal.layout)}"><header><strong>{name}</strong></header>'
        f"<main>{notice}{main}</main>"
        f'<nav aria-label="{elsewhere}"><h2>{elsewhere}</h2><ul>{links}</ul></nav></body></html>'
    )


def _notice(shown: Shown, problem: LoginFailed) -> str:
    """What happened, in words; what the protocol calls it is folded away."""
    words = text(problem.in_words(shown.language))
    told = f'<p class="problem" role="alert">{words}</p>'
    if not problem.debug:
        return told
    summary = f"<summary>{shown.say('engineers')}</summary>"
    return f"{told}<details>{summary}<code>{text(problem.debug)}</code></details>"


def _invitation(portal: SamplePortal, shown: Shown) -> str:
    service = portal.service[shown.language]
    return (
        f"<h1>{text(service)}</h1><p>{shown.say('sign_in_first', service=service)}</p>"
        '<form action="/login" method="get"><button id="login" name="go" value="login">'
        f"{shown.say('sign_in')}</button></form>"
    )


def _welcome(portal: SamplePortal, shown: Shown, person: dict[str, Any]) -> str:
    who = person.get("name") or WORDS[shown.language]["you"]
    told = {name: value for name, value in person.items() if name not in FOR_ENGINEERS}
    raw = {name: value for name, value in person.items() if name in FOR_ENGINEERS}
    service = portal.service[shown.language]
    return (
        f'<h1 id="welcome">{shown.say("hello", who=who)}</h1>'
        f"<p>{shown.say('ready', service=service)}</p>"
        f"<table><caption>{shown.say('known')}</caption>{_rows(shown, told)}</table>"
        f"{_task(portal, shown)}"
        '<form action="/logout" method="get"><button id="logout" name="go" value="logout">'
        f"{shown.say('sign_out')}</button></form>"
        f"<details><summary>{shown.say('engineers')}</summary>"
        f"<table>{_rows(shown, raw)}</table></details>"
    )


def _task(portal: SamplePortal, shown: Shown) -> str:
    """Something more that may be done here, for whom it takes."""
    if portal.task is None:
        return ""
    name = portal.task.name[shown.language]
    return (
        f'<form class="task" action="/login" method="get"><p>{shown.say("more", task=name)}</p>'
        '<button id="task" name="go" value="task">'
        f"{shown.say('do_more', task=name)}</button></form>"
    )


def _rows(shown: Shown, values: Mapping[str, Any]) -> str:
    return "".join(
        f'<tr><th scope="row">{shown.say(name)}</th>'
        f'<td data-claim="{name}">{text(_in_words(shown, name, value))}</td></tr>'
        for name, value in values.items()
    )


def _in_words(shown: Shown, name: str, value: str) -> str:
    if name == "gender":
        return WORDS[shown.language].get(value, value)
    return LEVEL_NAMES[shown.language].get(value, value) if name == "level" else value


def stylesheet(portal: SamplePortal) -> str:
    shared = (
        "*{box-sizing:border-box}body{margin:0;color:#1b1b1f;line-height:1.7;font-family:"
        '"PingFang SC","HarmonyOS Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}'
        ':lang(zh-Hant){font-family:"PingFang TC","Noto Sans CJK TC","Microsoft JhengHei",'
        "sans-serif}"
        ':lang(en){font-family:system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}'
        f"header{{background:{portal.colour};color:#fff;padding:1rem 1.5rem}}"
        "main{padding:1.5rem;max-width:42rem}"
        "nav{padding:1rem 1.5rem}nav h2{font-size:1rem;margin:0}"
        f"button{{background:{portal.colour};color:#fff;border:0;border-radius:6px;"
        "padding:.8rem 1.4rem;font:inherit;min-height:44px;cursor:pointer}"
        "table{border-collapse:collapse;margin:1rem 0;width:100%}caption{text-align:left;"
        "font-weight:bold}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd;"
        "overflow-wrap:anywhere}th{font-weight:normal;color:#55555f;width:40%}"
        ".problem{border-left:4px solid #b00020;padding:.5rem 1rem}"
        ".task{border:1px solid #ddd;border-radius:8px;padding:0 1rem 1rem;margin:1.5rem 0}"
        "#logout{background:#fff;color:#1b1b1f;border:1px solid #767680}"
        "details{margin-top:1.5rem}summary{min-height:44px;padding:.5rem 0;cursor:pointer}"
    )
    if portal.layout == "sidebar":
        return shared + (
            "@media(min-width:48rem){body{display:grid;grid-template-columns:16rem 1fr;"
            "min-height:100vh}header{grid-row:1/3;padding-top:3rem}}button{border-radius:999px}"
        )
    return shared + "header{border-bottom:6px solid #e3b341;text-align:center}main,nav{margin:auto}"
