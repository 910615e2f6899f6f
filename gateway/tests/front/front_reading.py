"""Reading grade (Flesch-Kincaid) of text and of the visible words of a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pyphen

HYPHENS = pyphen.Pyphen(lang="en_US")
BREAKS = frozenset(
    "p li h1 h2 h3 a label legend button small summary dt dd td th option nav header".split()
)
SILENT = frozenset({"svg", "script", "style", "select", "table", "blockquote"})


def syllables(word: str) -> int:
    """Vowel groups and hyphenation points; the larger is the safer (harder) reading."""
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith("le") and len(word) > 3:
        groups -= 1
    return max(1, groups, len(HYPHENS.positions(word)) + 1)


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s+", text) if re.search("[A-Za-z]", part)]


def grade(text: str) -> float:
    """US school grade that the text asks for."""
    words = re.findall(r"[A-Za-z']+", text)
    if not words:
        return 0.0
    per_sentence = len(words) / max(1, len(sentences(text)))
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.inside = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        classes = dict(attributes).get("class") or ""
        if tag == "main":
            self.inside = 1
        if tag in SILENT:
            self.silent += 1
        if tag in BREAKS or "row__" in classes or "hint" in classes:
            self.parts.append(". ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self.inside = 0
        if tag in SILENT:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if self.inside and not self.silent:
            self.parts.append(data)


def page_text(html: str) -> str:
    """The sentences (four words and more) that a reader sees in the main part of a page."""
    reader = _Visible()
    reader.feed(html)
    text = re.sub(r"\s+", " ", "".join(reader.parts))
    text = re.sub(r"(\s*\.\s*)+", ". ", text)
    return " ".join(part for part in sentences(text) if len(part.split()) >= 4)
