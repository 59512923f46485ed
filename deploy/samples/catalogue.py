"""What the samples are: addresses, names, looks, and the client metadata they are declared with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


LANGUAGES = ("zh-Hans", "zh-Hant", "en")
Words = Mapping[str, str]
"""The same by language tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTask:
    """Something that a portal offers to people who are better known: `acr` is what it takes."""

    name: Words
    acr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePortal:
    """A portal: `offset` is added to the provider's port; `acr` is the level it asks for."""

    client_id: str
    host: str
    offset: int
    name: str
    name_hant: str
    name_en: str
    department: str
    colour: str
    layout: str
    claims: tuple[str, ...]
    acr: str
    service: Words
    purpose: Words
    """What the claims are for, as the city registers it."""
    task: SampleTask | None = None

    def name_in(self, language: str) -> str:
        return {"zh-Hant": self.name_hant, "en": self.name_en}.get(language, self.name)

    @property
    def claims_parameter(self) -> str:
        """No more than the pages show (OpenID Connect Core 1.0 §5.5)."""
        return json.dumps({"userinfo": dict.fromkeys(self.claims)})

    def url(self, port: int) -> str:
        return f"http://{self.host}:{port + self.offset}"


PORTAL_A = SamplePortal(
    client_id="portal-a",
    host="127.0.0.1",
    offset=10,
    name="示范市政务服务网",
    name_hant="示範市政務服務網",
    name_en="Sample City Services",
    department="government-services",
    colour="#a4262c",
    layout="banner",
    claims=("name", "phone_number"),
    acr="urn:tongxing:acr:ial2:aal1",
    service={
        "zh-Hans": "居住证签注",
        "zh-Hant": "居住證簽注",
        "en": "Renewal of a residence permit",
    },
    purpose={
        "zh-Hans": "在办事材料上写明申请人，并通知您办理进度",
        "zh-Hant": "在辦事材料上寫明申請人，並通知您辦理進度",
        "en": "To write the applicant on the forms, and to tell you how things go on",
    },
    task=SampleTask(
        name={
            "zh-Hans": "养老待遇资格认证",
            "zh-Hant": "養老待遇資格認證",
            "en": "Yearly check for a pension",
        },
        acr="urn:tongxing:acr:ial3:aal1",
    ),
)
PORTAL_B = SamplePortal(
    client_id="portal-b",
    host="localhost",
    offset=11,
    name="示范市图书馆",
    name_hant="示範市圖書館",
    name_en="Sample City Library",
    department="city-library",
    colour="#0b6e4f",
    layout="sidebar",
    claims=("name",),
    acr="urn:tongxing:acr:ial1:aal1",
    service={"zh-Hans": "借阅与预约", "zh-Hant": "借閱與預約", "en": "Loans and reservations"},
    purpose={
        "zh-Hans": "在借书证上写明姓名",
        "zh-Hant": "在借書證上寫明姓名",
        "en": "To write your name on the library card",
    },
)
PORTALS = (PORTAL_A, PORTAL_B)
KIOSK_CLIENT_ID = "kiosk-hall-01"
KIOSK_OFFSET = 12
KIOSK_ACR = "urn:tongxing:acr:ial3:aal1"
"""What the kiosk would like: somebody whose face was seen."""
KIOSK_DEVICE = "kiosk-1"
KIOSK_READER = "reader-kiosk-1"
KIOSK_CAMERA = "camera-kiosk-1"
"""The simulated devices in the kiosk, as the sandbox authority names them."""


def kiosk_url(port: int) -> str:
    """Where the kiosk's own screen is served."""
    return f"http://127.0.0.1:{port + KIOSK_OFFSET}"


def portal_metadata(portal: SamplePortal, port: int) -> Mapping[str, Any]:
    """The portal's registration (RFC 7591 §2, and the three logout specifications)."""
    url = portal.url(port)
    return {
        "client_name": portal.name,
        "client_name#zh-Hans": portal.name,
        "client_name#zh-Hant": portal.name_hant,
        "client_name#en": portal.name_en,
        "client_uri": f"{url}/",
        "redirect_uris": [f"{url}/callback"],
        "post_logout_redirect_uris": [f"{url}/"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid",
        "id_token_signed_response_alg": "ES256",
        "subject_type": "pairwise",
        "initiate_login_uri": f"{url}/login",
        "backchannel_logout_uri": f"{url}/backchannel-logout",
        "backchannel_logout_session_required": True,
        "frontchannel_logout_uri": f"{url}/frontchannel-logout",
        "frontchannel_logout_session_required": True,
    }


def portal_city_settings(portal: SamplePortal) -> Mapping[str, Any]:
    purpose = {"id": "service", "name": dict(portal.purpose), "claims": list(portal.claims)}
    return {"department": portal.department, "legal_basis": "consent", "purposes": [purpose]}


def kiosk_metadata(port: int) -> Mapping[str, Any]:
    """The kiosk's registration: by phone it uses the device grant, by card the code grant."""
    url = kiosk_url(port)
    return {
        "client_name": "政务大厅自助机 01",
        "client_name#zh-Hant": "政務大廳自助機 01",
        "client_name#en": "Service Hall Kiosk 01",
        "application_type": "native",
        "redirect_uris": [f"{url}/callback"],
        "post_logout_redirect_uris": [f"{url}/"],
        "grant_types": [DEVICE_GRANT, "authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "openid profile",
        "id_token_signed_response_alg": "ES256",
        "subject_type": "pairwise",
    }


def kiosk_city_settings() -> Mapping[str, Any]:
    return {"department": "service-hall", "channels": ["kiosk", "web"], "legal_basis": "consent"}
