"""What was found: a verdict, what it is about, and what to do, in the reader's language or for a program."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How something stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Language(StrEnum):
    """A language that a reader may have."""

    VI = "vi"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages, with `{names}` of values; and what to do about it, where there is something."""

    en: str
    vi: str
    en_do: str = ""
    vi_do: str = ""

    def said(self, language: Language, values: Mapping[str, Any]) -> tuple[str, str]:
        """Give the sentence and the advice."""
        sentence, advice = (self.vi, self.vi_do) if language is Language.VI else (self.en, self.en_do)
        return sentence.format(**values), advice.format(**values)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report."""

    verdict: Verdict
    subject: str
    """A key of SUBJECTS."""
    key: str
    """Which sentence, for programs: stays the same when the sentence is improved."""
    text: Text
    values: Mapping[str, Any] = field(default_factory=dict)


SUBJECTS: Mapping[str, Text] = {
    "config": Text("configuration", "cấu hình"),
    "version": Text("versions", "phiên bản"),
    "data": Text("data folder", "thư mục dữ liệu"),
    "secrets": Text("secrets", "khóa bí mật"),
    "disk": Text("disk", "ổ đĩa"),
    "limits": Text("limits", "giới hạn"),
    "clock": Text("clock", "đồng hồ"),
    "server": Text("server", "máy chủ"),
    "port": Text("ports", "cổng"),
    "name": Text("name (DNS)", "tên miền"),
    "tcp": Text("connection", "kết nối"),
    "tls": Text("TLS", "TLS"),
    "http": Text("page", "trang web"),
    "websocket": Text("WebSocket", "WebSocket"),
    "media": Text("picture and sound", "hình và tiếng"),
    "relay": Text("relay (TURN)", "chuyển tiếp (TURN)"),
    "outside": Text("from outside", "từ bên ngoài"),
}
WORDS: Mapping[Verdict, Text] = {
    Verdict.OK: Text("ok", "tốt"),
    Verdict.WARN: Text("warn", "chú ý"),
    Verdict.FAIL: Text("fail", "hỏng"),
}
WIDTH = 5, 18


def language_of(environment: Mapping[str, str] | None = None) -> Language:
    """Tell the reader's language by LC_ALL, LC_MESSAGES and LANG, in their order (POSIX, Base Definitions §8.2)."""
    values = os.environ if environment is None else environment
    said = next((values[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if values.get(name)), "")
    return Language.VI if said.lower().startswith("vi") else Language.EN


def shown(finding: Finding, language: Language) -> str:
    """Give a finding as lines for a person."""
    word = WORDS[finding.verdict].said(language, {})[0]
    subject = SUBJECTS[finding.subject].said(language, {})[0]
    sentence, advice = finding.text.said(language, finding.values)
    margin = " " * (sum(WIDTH) + 4)
    line = f"{word:<{WIDTH[0]}}  {subject:<{WIDTH[1]}}  " + sentence.replace("\n", "\n" + margin)
    return line + (f"\n{margin}→ " + advice.replace("\n", f"\n{margin}  ") if advice else "")


def told(finding: Finding, language: Language) -> dict[str, Any]:
    """Give a finding for a program."""
    sentence, advice = finding.text.said(language, finding.values)
    return {
        "verdict": finding.verdict.value,
        "subject": finding.subject,
        "key": finding.key,
        "text": sentence,
        "advice": advice,
        "values": dict(finding.values),
    }
