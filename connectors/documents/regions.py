"""Region codes of GB/T 2260: provinces, which decide, and counties, which only warn.

Owns what a code means and whether it is in force. The list of counties, with the years in which
each code was given out, is python-stdnum's; it is read once, when first asked for.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from stdnum import numdb

from connectors.documents.document import Remark

PROVINCES: Final = MappingProxyType(
    {
        "11": "北京市",
        "12": "天津市",
        "13": "河北省",
        "14": "山西省",
        "15": "内蒙古自治区",
        "21": "辽宁省",
        "22": "吉林省",
        "23": "黑龙江省",
        "31": "上海市",
        "32": "江苏省",
        "33": "浙江省",
        "34": "安徽省",
        "35": "福建省",
        "36": "江西省",
        "37": "山东省",
        "41": "河南省",
        "42": "湖北省",
        "43": "湖南省",
        "44": "广东省",
        "45": "广西壮族自治区",
        "46": "海南省",
        "50": "重庆市",
        "51": "四川省",
        "52": "贵州省",
        "53": "云南省",
        "54": "西藏自治区",
        "61": "陕西省",
        "62": "甘肃省",
        "63": "青海省",
        "64": "宁夏回族自治区",
        "65": "新疆维吾尔自治区",
        "71": "台湾省",
    }
)
"""The prefixes of resident cards. Hong Kong, Macau and Taiwan residents' are 81, 82 and 83."""
PERMIT_REGIONS: Final = MappingProxyType(
    {"810000": "香港特别行政区", "820000": "澳门特别行政区", "830000": "台湾地区"}
)
NATIONAL: Final = "10"
"""The prefix of organizations that a national authority registered (GB 32100-2015)."""
_STILL: Final = 9999


class RegionStatus(StrEnum):
    """What is known of a code."""

    IN_FORCE = "in_force"
    ABOLISHED = "abolished"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region: its names from the province down, as far as they are known."""

    code: str
    names: tuple[str, ...]
    status: RegionStatus


def region(code: str) -> Region:
    """What a code of two to six digits stands for; names are empty where nobody knows it."""
    if code in PERMIT_REGIONS:
        return Region(code=code, names=(PERMIT_REGIONS[code],), status=RegionStatus.IN_FORCE)
    province = PROVINCES.get(code[:2])
    if province is None:
        return Region(code=code, names=(), status=RegionStatus.UNKNOWN)
    if set(code[2:]) <= {"0"}:
        return Region(code=code, names=(province,), status=RegionStatus.IN_FORCE)
    return _below_province(code.ljust(6, "0"), province)


def region_remarks(code: str) -> tuple[Remark, ...]:
    """The warning a code deserves: never a refusal, since the code on a card never changes."""
    match region(code).status:
        case RegionStatus.IN_FORCE:
            return ()
        case RegionStatus.ABOLISHED:
            return (Remark.REGION_ABOLISHED,)
        case RegionStatus.UNKNOWN:
            return (Remark.REGION_UNKNOWN,)


def _below_province(code: str, province: str) -> Region:
    names, status = [province], RegionStatus.UNKNOWN
    for part in dict.fromkeys((f"{code[:4]}00", code)):
        written = _written(part)
        if not written:
            continue
        name, is_over = _newest(written)
        names.append(name)
        if part == code:
            status = RegionStatus.ABOLISHED if is_over else RegionStatus.IN_FORCE
    return Region(code=code, names=tuple(names), status=status)


@lru_cache(maxsize=4096)
def _written(code: str) -> str:
    """What python-stdnum's list says of a code of six digits; "" where it has none."""
    found = numdb.get("cn/loc").info(code)
    return found[-1][1].get("county", "") if found[-1][0] == code[2:] else ""


def _newest(written: str) -> tuple[str, bool]:
    """The newest name of `[1981-1995]甲县,[1995-]甲市`, and whether the code is given out no more.

    A bracket holds the years in which the code stood for the name; an open end is today.
    """
    newest, newest_end = "", -1
    for each in written.split(","):
        years, bracket, name = each.removeprefix("[").partition("]")
        end = years.partition("-")[2] if bracket else ""
        until = int(end) if end else _STILL
        if until >= newest_end:
            newest, newest_end = name if bracket else each, until
    return newest, newest_end != _STILL
