"""How a browser appears, as coarsely as people name it: "Chrome · Windows", network 198.51.*.*.

No version and no address: what is not kept cannot leak. A list of well-known names is enough here;
a browser that lies is a new device, which is the safe side.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from idp.journey.journeys import hash_of_device
from idp.journey.request import Browser
from idp.sessions.known_devices import Appearance

_NAMES: Final = (
    ("MicroMessenger", "WeChat"),
    ("AlipayClient", "Alipay"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("UCBrowser", "UC Browser"),
    ("QQBrowser", "QQ Browser"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("OPR", "Opera"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Trident", "Internet Explorer"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_UNNAMED: Final = "?"


def appearance_of(browser: Browser) -> Appearance:
    """What its cookie, its header and its address say of it."""
    return Appearance(
        secret=browser.device_secret,
        cookie_hash=hash_of_device(browser.device_secret),
        kind=kind_of(browser.user_agent),
        network=coarse_network(browser.remote_address),
    )


def kind_of(user_agent: str) -> str:
    """Browser and system, without versions; "? · ?" where neither is one of the known."""
    return f"{_first(_NAMES, user_agent)} · {_first(_SYSTEMS, user_agent)}"


def coarse_network(address: str) -> str:
    """The /16 of an IPv4 address or the /32 of an IPv6 one: a provider's region, not a home."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 32), strict=False).network_address)
    return ".".join((*str(found).split(".")[:2], "*", "*"))


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in table if mark in user_agent), _UNNAMED)
