"""How the sample portals look: two on purpose unlike each other, and unlike the provider."""

from typing import Any

from deploy.samples.catalogue import SamplePortal
from deploy.samples.web import icon, text

LABELS = {
    "name": "姓名",
    "phone_number": "手机",
    "gender": "性别",
    "birthdate": "出生日期",
    "sub": "在本站的编号",
    "acr": "认证等级",
    "auth_time": "登录时间",
}


def portal_page(
    portal: SamplePortal,
    *,
    person: dict[str, Any] | None,
    others: tuple[tuple[str, str], ...],
    problem: str,
) -> str:
    notice = f'<p class="problem" role="alert">{text(problem)}</p>' if problem else ""
    main = _welcome(portal, person) if person else _invitation(portal)
    links = "".join(f'<li><a href="{text(url)}/">{text(name)}</a></li>' for name, url in others)
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(portal.name)}</title>{icon(portal.colour)}"
        '<link rel="stylesheet" href="/portal.css"></head>'
        f'<body class="{text(portal.layout)}"><header><strong>{text(portal.name)}</strong>'
        f'<span lang="en">{text(portal.name_en)}</span></header>'
        f"<main>{notice}{main}</main>"
        f'<nav aria-label="其他网站"><h2>其他网站</h2><ul>{links}</ul></nav></body></html>'
    )


def _invitation(portal: SamplePortal) -> str:
    return (
        f"<h1>{text(portal.service)}</h1><p>请先登录，再办理“{text(portal.service)}”。</p>"
        '<form action="/login" method="get"><button id="login" name="go" value="login">'
        "使用城市统一账号登录</button></form>"
    )


def _welcome(portal: SamplePortal, person: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{LABELS[name]}</th><td data-claim="{name}">{text(value)}</td></tr>'
        for name, value in person.items()
    )
    who = text(person.get("name") or "您")
    return (
        f'<h1 id="welcome">{who}，您好</h1><p>“{text(portal.service)}”可以办理了。</p>'
        f"<table><caption>本站知道的您的信息</caption>{rows}</table>"
        '<form action="/logout" method="get"><button id="logout" name="go" value="logout">'
        "退出登录</button></form>"
    )


def stylesheet(portal: SamplePortal) -> str:
    shared = (
        "*{box-sizing:border-box}body{margin:0;color:#1b1b1f;line-height:1.7;font-family:"
        '"PingFang SC","HarmonyOS Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}'
        f"header{{background:{portal.colour};color:#fff;padding:1rem 1.5rem}}"
        "header span{display:block;font-size:.85rem}main{padding:1.5rem;max-width:42rem}"
        "nav{padding:1rem 1.5rem}nav h2{font-size:1rem;margin:0}"
        f"button{{background:{portal.colour};color:#fff;border:0;border-radius:6px;"
        "padding:.8rem 1.4rem;font:inherit;min-height:44px;cursor:pointer}"
        "table{border-collapse:collapse;margin:1rem 0;width:100%}caption{text-align:left;"
        "font-weight:bold}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd;"
        "overflow-wrap:anywhere}.problem{border-left:4px solid #b00020;padding:.5rem 1rem}"
    )
    if portal.layout == "sidebar":
        return shared + (
            "@media(min-width:48rem){body{display:grid;grid-template-columns:16rem 1fr;"
            "min-height:100vh}header{grid-row:1/3;padding-top:3rem}}button{border-radius:999px}"
        )
    return shared + "header{border-bottom:6px solid #e3b341;text-align:center}main,nav{margin:auto}"
