"""Telling people what changed about their account, at every address they had before the change.

Writes deliveries into the transaction of the change; the addresses in them are sealed under the
person's own key. Contacts are told beside them, and only that there is something to tell the
person, who is named masked. Sending is the composition root's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from idp.foundation.clock import Clock
from idp.foundation.outbox import DeliveryFailed, enqueue
from idp.foundation.sealing.data_keys import KeyDestroyed, NoDataKey
from idp.subjects.contacts import ContactBook, KnownContact
from idp.subjects.families import family, survivor_of
from idp.subjects.fields import PersonalFields
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from idp.subjects.verified_names import masked_name

KIND: Final = "security_notice"
CONTACT_KIND: Final = "contact_notice"
_PURPOSE: Final = "notice.to"
_REACHED: Final = Q(kind=Identifier.Kind.PHONE) | Q(
    kind=Identifier.Kind.EMAIL, verified_at__isnull=False
)
"""Phones, and addresses that were confirmed: nothing is told to a mailbox nobody answered from."""
DEFAULT_LANGUAGE: Final = "zh-Hans"
EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "passkey_added": {
        "zh-Hans": "新增了一个通行密钥",
        "zh-Hant": "新增了一個通行密鑰",
        "en": "a passkey was added",
    },
    "totp_added": {
        "zh-Hans": "新增了验证器应用",
        "zh-Hant": "新增了驗證器應用程式",
        "en": "an authenticator app was added",
    },
    "password_added": {
        "zh-Hans": "设置了新密码",
        "zh-Hant": "設定了新密碼",
        "en": "a new password was set",
    },
    "face_added": {
        "zh-Hans": "开启了刷脸登录",
        "zh-Hant": "開啟了刷臉登入",
        "en": "signing in with the face was turned on",
    },
    "recovery_code_added": {
        "zh-Hans": "生成了新的恢复码",
        "zh-Hant": "產生了新的復原碼",
        "en": "new recovery codes were made",
    },
    "authenticator_removed": {
        "zh-Hans": "移除了一种登录方式",
        "zh-Hant": "移除了一種登入方式",
        "en": "a way to sign in was removed",
    },
    "recovery_code_used": {
        "zh-Hans": "使用了一个恢复码",
        "zh-Hant": "使用了一個復原碼",
        "en": "a recovery code was used",
    },
    "passkey_copied": {
        "zh-Hans": "一个通行密钥可能被复制，已被拒绝",
        "zh-Hant": "一個通行密鑰可能被複製，已被拒絕",
        "en": "a passkey that may have been copied was refused",
    },
    "email_added": {
        "zh-Hans": "新增了用于登录的电子邮箱",
        "zh-Hant": "新增了用於登入的電子郵件地址",
        "en": "an e-mail address was added",
    },
    "email_changed": {
        "zh-Hans": "登录电子邮箱已更换",
        "zh-Hant": "登入電子郵件地址已更換",
        "en": "the e-mail address was changed",
    },
    "email_removed": {
        "zh-Hans": "已移除用于登录的电子邮箱",
        "zh-Hant": "已移除用於登入的電子郵件地址",
        "en": "the e-mail address was removed",
    },
    "email_change_asked": {
        "zh-Hans": "有人申请用新的电子邮箱登录您的账号",
        "zh-Hant": "有人申請用新的電子郵件地址登入您的帳戶",
        "en": "somebody asked to sign in with another e-mail address",
    },
    "contact_added": {
        "zh-Hans": "新增了一个接收提醒的联系方式",
        "zh-Hant": "新增了一個接收提醒的聯絡方式",
        "en": "a contact who is also told was added",
    },
    "contact_removed": {
        "zh-Hans": "移除了一个接收提醒的联系方式",
        "zh-Hant": "移除了一個接收提醒的聯絡方式",
        "en": "a contact who was also told was removed",
    },
    "contact_left": {
        "zh-Hans": "一个接收提醒的联系人不再接收您的提醒",
        "zh-Hant": "一個接收提醒的聯絡人不再接收您的提醒",
        "en": "a contact who was also told does not want to be told any more",
    },
    "contact_dropped": {
        "zh-Hans": "一个接收提醒的联系方式可能已归他人使用，已自动移除",
        "zh-Hant": "一個接收提醒的聯絡方式可能已歸他人使用，已自動移除",
        "en": "a contact who was also told may be somebody else's by now and was taken off",
    },
    "phone_unbound": {
        "zh-Hans": "长期未使用的手机号已由他人登记，不再属于您的账号",
        "zh-Hant": "長期未使用的手機號碼已由他人登記，不再屬於您的帳戶",
        "en": "a mobile number you had not used for long is somebody else's now and was taken off",
    },
    "phone_changed": {
        "zh-Hans": "登录手机号已更换",
        "zh-Hant": "登入手機號碼已更換",
        "en": "the phone number for signing in was changed",
    },
    "phone_change_asked": {
        "zh-Hans": "有人申请更换登录手机号",
        "zh-Hant": "有人申請更換登入手機號碼",
        "en": "somebody asked to change the phone number for signing in",
    },
    "account_frozen": {
        "zh-Hans": "身份已冻结，所有登录已结束",
        "zh-Hant": "身分已凍結，所有登入已結束",
        "en": "the identity was frozen and signed out everywhere",
    },
    "account_opened": {
        "zh-Hans": "身份已恢复使用",
        "zh-Hant": "身分已恢復使用",
        "en": "the identity can be used again",
    },
    "account_opening_asked": {
        "zh-Hans": "有人申请恢复使用已冻结的身份；如非本人操作，请登录并保持冻结",
        "zh-Hant": "有人申請恢復使用已凍結的身分；如非本人操作，請登入並保持凍結",
        "en": "somebody asked to open your frozen identity: if it was not you, sign in to object",
    },
    "accounts_merged": {
        "zh-Hans": "您的两个账号已合并，30天内可撤销",
        "zh-Hant": "您的兩個帳戶已合併，30天內可撤銷",
        "en": "your two accounts were merged; this can be undone for 30 days",
    },
    "accounts_parted": {
        "zh-Hans": "账号合并已撤销",
        "zh-Hant": "帳戶合併已撤銷",
        "en": "the merge of your accounts was undone",
    },
    "guardianship_began": {
        "zh-Hans": "您已登记为一名未成年人的监护人",
        "zh-Hant": "您已登記為一名未成年人的監護人",
        "en": "you were recorded as the guardian of a child",
    },
    "ward_asks": {
        "zh-Hans": "您监护的孩子请您同意使用一项服务，请登录“我的家人”处理",
        "zh-Hant": "您監護的孩子請您同意使用一項服務，請登入「我的家人」處理",
        "en": "your child asks you to agree to a service: sign in and open My family",
    },
    "account_closed": {
        "zh-Hans": "账号已停用；如有误，请致电热线",
        "zh-Hant": "帳戶已停用；如有誤，請致電熱線",
        "en": "the account was closed; if that is wrong, call the hotline",
    },
    "watched_sign_in": {
        "zh-Hans": "登录了一个需要提醒您的服务",
        "zh-Hant": "登入了一個需要提醒您的服務",
        "en": "somebody signed in to a service that asks us to tell you",
    },
    "deletion_asked": {
        "zh-Hans": "已申请注销账号；如非本人操作，请登录撤销",
        "zh-Hant": "已申請註銷帳戶；如非本人操作，請登入撤銷",
        "en": "deleting the account was asked for; if it was not you, sign in and keep it",
    },
    "deletion_stopped": {
        "zh-Hans": "注销账号的申请已撤销",
        "zh-Hant": "註銷帳戶的申請已撤銷",
        "en": "the account is kept: its deletion was stopped",
    },
    "new_device": {
        "zh-Hans": "在一台新设备上登录",
        "zh-Hant": "在一部新裝置上登入",
        "en": "somebody signed in on a new device",
    },
    "data_exported": {
        "zh-Hans": "已导出全部个人数据",
        "zh-Hant": "已匯出全部個人資料",
        "en": "a copy of all personal data was taken",
    },
}
"""What the gateway's template takes as its one parameter, in the languages of the templates."""

SOMEBODY: Final[Mapping[str, str]] = {
    "zh-Hans": "您的亲友",
    "zh-Hant": "您的親友",
    "en": "somebody you know",
}
"""Who it is about, where neither name nor phone nor address of theirs is known."""

SendNotice = Callable[[TypedIdentifier, str, str], bool]
"""Sends to a phone or an address, in a language, what happened; False when no gateway took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityNotices:
    """Enqueues one notice for each phone, each confirmed e-mail address and each contact.

    Each is a delivery of its own: a gateway that is down delays its own, and no other.
    """

    fields: PersonalFields
    contacts: ContactBook
    clock: Clock

    def tell(
        self,
        person_id: UUID,
        event: str,
        *,
        language: str = DEFAULT_LANGUAGE,
        also: tuple[TypedIdentifier, ...] = (),
    ) -> None:
        """Tell of an event, in this transaction; `language` is a BCP 47 tag of ours.

        `also` is where the person is reached from now on; nobody is told twice.
        """
        if event not in EVENTS:
            raise ValueError(event)
        self.drop_rested(person_id)
        self._tell(person_id, event, language, also)

    def drop_rested(self, person_id: UUID) -> None:
        """Tell nothing more to contacts whose number rested so long that it may be another's."""
        rested = self.contacts.rested(person_id, now=self.clock.now())
        if self.contacts.drop(rested, why="rested"):
            self._tell(person_id, "contact_dropped", DEFAULT_LANGUAGE, ())

    def own(self, person_id: UUID) -> tuple[tuple[UUID, TypedIdentifier], ...]:
        """The phones and confirmed addresses of a person, each with its folder."""
        rows = Identifier.objects.filter(_REACHED, person_id__in=family(person_id))
        return tuple((row.person_id, self._opened(row)) for row in rows)

    def name_for_contact(self, person_id: UUID, language: str) -> str:
        """What a contact is told of who the notice is for; `language` is a BCP 47 tag of ours."""
        known = language if language in SOMEBODY else DEFAULT_LANGUAGE
        return masked_name(self.fields, survivor_of(person_id)) or SOMEBODY[known]

    def _opened(self, row: Identifier) -> TypedIdentifier:
        value = self.fields.of(row.person_id).unseal(f"identifier.{row.kind}", row.sealed_value)
        return TypedIdentifier(kind=row.kind, value=value)

    def _tell(
        self, person_id: UUID, event: str, language: str, also: tuple[TypedIdentifier, ...]
    ) -> None:
        told: set[TypedIdentifier] = set()
        for folder_id, to in self.own(person_id):
            if to not in told:
                self._enqueue(folder_id, to, event, language)
            told.add(to)
        for to in also:
            if to not in told:
                self._enqueue(person_id, to, event, language)
            told.add(to)
        for contact in self.contacts.of(person_id):
            if contact.value not in told:
                self._enqueue_contact(contact, event, language)

    def _enqueue(self, person_id: UUID, to: TypedIdentifier, event: str, language: str) -> None:
        payload = self._payload(person_id, to, event, language)
        enqueue(KIND, payload, clock=self.clock)

    def _enqueue_contact(self, contact: KnownContact, event: str, language: str) -> None:
        payload = self._payload(contact.folder_id, contact.value, event, language)
        enqueue(CONTACT_KIND, {**payload, "contact": str(contact.id)}, clock=self.clock)

    def _payload(
        self, person_id: UUID, to: TypedIdentifier, event: str, language: str
    ) -> dict[str, str]:
        return {
            "person": str(person_id),
            "kind": to.kind,
            "to": self.fields.of(person_id).seal(_PURPOSE, to.value).hex(),
            "event": event,
            "language": language,
        }

    def deliver_to_contact(self, payload: Mapping[str, Any], send: SendNotice) -> None:
        """Tell a contact whom to remind, and nothing of what happened; none that was removed."""
        person_id = UUID(payload["person"])
        if not self.contacts.is_there(UUID(payload["contact"])):
            return
        try:
            value = self.fields.of(person_id).unseal(_PURPOSE, bytes.fromhex(payload["to"]))
            name = self.name_for_contact(person_id, payload["language"])
        except (KeyDestroyed, NoDataKey):
            return
        language = payload["language"] if payload["language"] in SOMEBODY else DEFAULT_LANGUAGE
        to = TypedIdentifier(kind=payload["kind"], value=value)
        if not send(to, language, name):
            raise DeliveryFailed("the gateway did not take the message")

    def deliver(self, payload: Mapping[str, Any], send: SendNotice) -> None:
        """Send one notice; of somebody erased meanwhile nothing can be read, or need be told."""
        try:
            fields = self.fields.of(UUID(payload["person"]))
        except (KeyDestroyed, NoDataKey):
            return
        value = fields.unseal(_PURPOSE, bytes.fromhex(payload["to"]))
        # What was enqueued before addresses were told names no kind: it is a phone's.
        to = TypedIdentifier(kind=payload.get("kind", Identifier.Kind.PHONE), value=value)
        words = EVENTS[payload["event"]]
        language = payload["language"] if payload["language"] in words else DEFAULT_LANGUAGE
        if not send(to, language, words[language]):
            raise DeliveryFailed("the gateway did not take the message")
