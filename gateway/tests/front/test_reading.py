"""Pages stay at grade 8 or lower, and the sentences of the catalogue too."""

from __future__ import annotations

import re

import pytest
from front_reading import grade, page_text, sentences
from front_samples import SAMPLES

from gateway.i18n import read_catalogue

PATIENT = [name for name, sample in SAMPLES.items() if not sample.template.startswith("staff/")]
LONGEST = 25


@pytest.mark.parametrize("name", PATIENT)
def test_a_page_reads_at_grade_8_or_lower(name):
    assert grade(page_text(SAMPLES[name].html("en"))) <= 8


def test_no_sentence_of_the_portal_is_long():
    told = [m.id if isinstance(m.id, str) else m.id[1] for m in read_catalogue("es") if m.id]
    plain = [re.sub(r"<[^>]+>|%\(\w+\)s", "it", text) for text in told]
    too_long = [part for text in plain for part in sentences(text) if len(part.split()) > LONGEST]
    assert too_long == []


def test_we_never_use_the_words_that_frighten_or_blame():
    told = " ".join(str(m.id) for m in read_catalogue("es") if m.id).lower()
    for word in ("abnormal", "invalid", "denied", "non-compliant", "submit", "click here"):
        assert not re.search(rf"\b{word}\b", told), word
    assert "!" not in told
