"""Spanish is whole: nothing missing, nothing fuzzy, nothing that drops a value or a link."""

from __future__ import annotations

import re

import pytest

from gateway.i18n import choose, extract, read_catalogue
from gateway.words import ICONS, TONES, WORDS, say

PLACES = re.compile(r"%\((\w+)\)s")
TAGS = re.compile(r"</?\w+")


def _messages():
    return [message for message in read_catalogue("es") if message.id]


def _pairs(message):
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    told = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return zip(ids, told, strict=True)


def test_every_sentence_of_the_pages_has_a_spanish_one():
    known = {message.id if isinstance(message.id, str) else tuple(message.id)
             for message in _messages()}  # fmt: skip
    asked = {message.id if isinstance(message.id, str) else tuple(message.id)
             for message in extract() if message.id}  # fmt: skip
    assert sorted(map(str, asked - known)) == []


def test_no_spanish_sentence_is_empty_or_fuzzy():
    assert [m.id for m in _messages() if m.fuzzy or not all(text for _, text in _pairs(m))] == []


def test_a_translation_keeps_every_value_and_every_tag():
    for message in _messages():
        for source, told in _pairs(message):
            assert set(PLACES.findall(told)) == set(PLACES.findall(source)), source
            assert sorted(TAGS.findall(told)) == sorted(TAGS.findall(source)), source


def test_the_first_language_that_we_speak_is_chosen():
    assert choose([None, "fr-CA,es-MX;q=0.8,en;q=0.5"]) == "es"
    assert choose(["en", "es"]) == "en"
    assert choose(["de", None], default="en") == "en"


@pytest.mark.parametrize("kind", WORDS)
def test_a_code_reads_differently_in_each_language(kind):
    for code in WORDS[kind]:
        assert say(code, kind, lang="en", what="x")
        assert say(code, kind, lang="es", what="x")


def test_a_new_code_is_shown_and_breaks_nothing():
    assert say("sent_by_pigeon", "refill_state", lang="en") == "Sent by pigeon"


def test_tones_and_icons_belong_to_known_codes():
    for table in (TONES, ICONS):
        for kind, codes in table.items():
            assert codes.keys() <= WORDS[kind].keys()
