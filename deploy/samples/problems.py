"""What a sample says when nobody was signed in: what happened, and what to do now."""

from collections.abc import Mapping
from enum import StrEnum


class Problem(StrEnum):
    """Why a login at the provider brought nobody back."""

    ELSEWHERE = "elsewhere"
    DECLINED = "declined"
    UNFINISHED = "unfinished"
    USED_UP = "used_up"
    UNTRUSTED = "untrusted"


PROBLEMS: Mapping[str, Mapping[Problem, str]] = {
    "zh-Hans": {
        Problem.ELSEWHERE: "这次登录不是从这个浏览器开始的，请重新登录。",
        Problem.DECLINED: "您没有同意登录，我们没有收到您的任何信息。想办理时，可以再登录。",
        Problem.UNFINISHED: "登录没有完成，请重新登录。",
        Problem.USED_UP: "登录已经失效，请重新登录。",
        Problem.UNTRUSTED: "收到的回答无法确认，我们没有采用，请重新登录。",
    },
    "zh-Hant": {
        Problem.ELSEWHERE: "這次登入不是從這個瀏覽器開始的，請重新登入。",
        Problem.DECLINED: "您沒有同意登入，我們沒有收到您的任何資料。想辦理時，可以再登入。",
        Problem.UNFINISHED: "登入沒有完成，請重新登入。",
        Problem.USED_UP: "登入已經失效，請重新登入。",
        Problem.UNTRUSTED: "收到的回覆無法確認，我們沒有採用，請重新登入。",
    },
    "en": {
        Problem.ELSEWHERE: "This sign-in was begun in another browser. Please sign in again.",
        Problem.DECLINED: (
            "You chose not to sign in, and we received nothing about you. You can sign in any time."
        ),
        Problem.UNFINISHED: "Signing in did not work. Please sign in again.",
        Problem.USED_UP: "This sign-in is no longer valid. Please sign in again.",
        Problem.UNTRUSTED: (
            "We could not be sure of the answer we got, so we did not use it. Please sign in again."
        ),
    },
}


class LoginFailed(Exception):
    """The provider's answer could not be used: `problem` is for people, `debug` for engineers."""

    def __init__(self, problem: Problem = Problem.UNTRUSTED, *, debug: str = "") -> None:
        super().__init__(debug or problem)
        self.problem = problem
        self.debug = debug

    def in_words(self, language: str) -> str:
        return PROBLEMS[language][self.problem]


class NotBegunHere(LoginFailed):
    """No login with this state is under way: another browser's, or one that has ended already."""
