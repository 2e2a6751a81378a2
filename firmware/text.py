"""A text for people, in both languages of the box."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Language(StrEnum):
    """Languages of prompts, pages and reports."""

    ZH = "zh"
    EN = "en"


class Text(BaseModel):
    """The same text in Chinese and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str = Field(min_length=1, max_length=2000)
    en: str = Field(min_length=1, max_length=2000)

    def in_(self, language: Language) -> str:
        """Give the text in one language."""
        return self.zh if language is Language.ZH else self.en


def same(text: str) -> Text:
    """Give a text that is the same in both languages: a figure, a name."""
    return Text(zh=text, en=text)
