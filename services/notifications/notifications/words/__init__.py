"""The words of every mail and text, in each language, and the one layout of mail."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from . import en, es

LANGUAGES: dict[str, Any] = {"en": en, "es": es}


def words_of(kind: str, language: str) -> dict[str, Any]:
    """Subject, body, button and text of a kind; English where a language is not ours."""
    found: dict[str, Any] = LANGUAGES.get(language[:2], en).WORDS[kind]
    return found


def common_of(language: str) -> dict[str, str]:
    """The sentences that stand around every kind."""
    found: dict[str, str] = LANGUAGES.get(language[:2], en).COMMON
    return found


@cache
def layout() -> str:
    """The layout of mail as an HTML template, made from MJML once a process."""
    from mjml import mjml2html

    made: str = mjml2html(files(__package__).joinpath("base.mjml").read_text("utf-8"))
    return made
