"""Every sentence we send has its twin in the other language, and is easy to read."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest

from notifications.domain import KINDS
from notifications.words import LANGUAGES, layout

HARDEST = 8.0
SAMPLES = {
    "practice": "Cedar Grove", "phone": "555", "code": "K7Q2", "expires_day": "Tuesday",
    "until": "9:30", "day": "Tuesday", "time": "9:30", "place": "Main Street", "link": "here",
    "short_place": "Main Street", "due_day": "Tuesday", "amount": "$40", "paid_day": "Tuesday",
    "card_line": "Card.", "last_four": "4242",
}  # fmt: skip


def placeholders(said: Any) -> set[str]:
    text = " ".join(said) if isinstance(said, list) else said
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words_in_every_language(language: str) -> None:
    assert set(LANGUAGES[language].WORDS) == set(KINDS)
    assert set(LANGUAGES[language].COMMON) == set(LANGUAGES["en"].COMMON)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_and_its_twin_say_the_same_facts(kind: str) -> None:
    english, spanish = (LANGUAGES[name].WORDS[kind] for name in ("en", "es"))
    assert set(english) == set(spanish) == {"subject", "body", "button", "text"}
    for part in english:
        assert placeholders(english[part]) == placeholders(spanish[part]), part


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_mail_reads_at_grade_eight_or_easier(language: str, kind: str) -> None:
    words = LANGUAGES[language].WORDS[kind]
    said = [f"{words['subject']}.", *words["body"], f"{words['button']}."]
    text = " ".join(said).format_map(SAMPLES)
    assert GRADES[language](text) <= HARDEST, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subject_names_the_practice_and_nothing_medical(language: str) -> None:
    for kind, words in LANGUAGES[language].WORDS.items():
        assert "{practice}" in words["subject"], kind
        assert placeholders(words["subject"]) == {"practice"}, kind


def test_the_layout_asks_nobody_else_for_anything() -> None:
    addresses = set(re.findall(r"https?://[^\"'\s>]+", layout()))
    assert addresses <= {"http://www.w3.org/1999/xhtml"}


def counts(text: str, vowels: str) -> tuple[int, int, int]:
    sentences = [s for s in re.split(r"(?<=[.?!])\s", text) if re.search(r"\w", s)]
    words = re.findall(r"[^\W\d_]+", text)
    syllables = sum(max(1, len(re.findall(f"[{vowels}]+", w.lower()))) for w in words)
    return len(sentences), len(words), syllables


def english_grade(text: str) -> float:
    """Flesch-Kincaid."""
    sentences, words, syllables = counts(text, "aeiouy")
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def spanish_grade(text: str) -> float:
    """Crawford (1985), made for Spanish: sentences and syllables in a hundred words."""
    sentences, words, syllables = counts(text, "aeiouáéíóúü")
    return -0.205 * 100 * sentences / words + 0.049 * 100 * syllables / words - 3.407


GRADES = {"en": english_grade, "es": spanish_grade}
