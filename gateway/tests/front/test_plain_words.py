"""Results in words: right for the flag, calm near the edge, plain about danger, quiet otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from front_reading import grade
from front_record import A1C_POINTS, lab, shown

from gateway.plain_words import catalogue, describe, row, view
from portico_contracts.records.names_of_tests import NAMED

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TESTS = sorted({test.key: test for test in catalogue.tests_by_code().values()}.items())


def told(code, value, unit, previous=None, lang="en", **more):
    before = lab("p", "x", code, previous, unit) if previous else None
    return describe(lab("r", "x", code, value, unit, **more), before, lang)


def test_the_commonest_tests_are_explained():
    assert len(TESTS) >= 40


@pytest.mark.parametrize(("_key", "test"), TESTS)
def test_an_explanation_is_whole_in_both_languages(_key, test):
    english, spanish = test.words["en"], test.words["es"]
    assert english.name and english.tells and spanish.name and spanish.tells
    assert english.tells != spanish.tells
    assert len(english.steps) == len(spanish.steps)
    assert bool(english.moves) == bool(spanish.moves)
    assert test.sources
    assert all(part.labels["en"] and part.labels["es"] for part in test.parts)


@pytest.mark.parametrize(("_key", "test"), TESTS)
def test_an_explanation_is_read_with_ease(_key, test):
    words = test.words["en"]
    assert grade(" ".join([words.tells, words.moves, *words.steps])) <= 8
    assert len(words.name) <= 60


@pytest.mark.parametrize(("_key", "test"), TESTS)
def test_parts_and_ranges_are_in_order(_key, test):
    cuts = [part.below for part in test.parts]
    assert cuts == sorted((c for c in cuts[:-1]), key=float) + cuts[-1:]
    assert not test.parts or test.parts[-1].below is None
    assert test.usual is None or test.usual[0] < test.usual[1]
    assert test.critical is None or test.critical[0] < test.critical[1]


def test_every_named_test_is_explained_and_no_other():
    assert {key for key, _ in TESTS} == set(NAMED)


def test_no_code_is_explained_twice():
    codes = [code for _, test in TESTS for code in test.loinc]
    assert len(codes) == len(set(codes))


def test_a_little_high_says_so_and_is_no_emergency():
    verdict = told("4548-4", "6.1", "%", previous="6.2", flag="high")
    assert (verdict.tag, verdict.tone, verdict.arrow) == ("A little high", "warn", "up")
    assert "lower than last time</strong> (6.2)" in " ".join(verdict.sentences)
    assert "not an emergency" in verdict.sentences[-1]


def test_far_outside_is_not_called_a_little():
    verdict = told("2345-7", "260", "mg/dL", flag="high", range_low="70", range_high="99")
    assert verdict.tag == "High"
    assert not any("not an emergency" in sentence for sentence in verdict.sentences)


def test_very_high_asks_to_call_and_promises_nothing():
    verdict = told("2823-3", "6.9", "mmol/L", flag="very_high", range_low="3.5", range_high="5.1")
    assert verdict.call_now and verdict.tone == "bad" and verdict.tag == "Very high"


def test_a_dangerous_value_asks_to_call_even_when_the_lab_did_not_flag_it():
    assert told("2823-3", "6.9", "mmol/L", flag="unknown").call_now
    assert told("2823-3", "6.9", "mmol/L", flag="high").call_now


def test_our_limits_hold_only_in_our_units():
    assert not told("2345-7", "5.5", "mmol/L", flag="unknown").call_now
    assert told("2345-7", "5.5", "mmol/L", flag="unknown").tag == ""


def test_the_lab_s_range_goes_before_ours():
    verdict = told("2345-7", "104", "mg/dL", range_low="70", range_high="110")
    assert verdict.tag == "In the usual range"


def test_without_the_lab_s_range_the_standard_one_is_used():
    assert told("2345-7", "104", "mg/dL").tag == "A little high"
    assert told("2085-9", "65", "mg/dL").tag == "In the usual range"
    assert told("2085-9", "35", "mg/dL").tag == "A little low"
    assert told("33914-3", "92", "mL/min/{1.73_m2}").tag == "In the usual range"
    assert told("33914-3", "45", "mL/min/{1.73_m2}").tag == "A little low"


def test_without_a_rule_there_is_the_printed_range_and_no_adjective():
    verdict = told("99999-9", "12.4", "ng/mL", flag="high", range_text="10.0-12.0 ng/mL")
    assert verdict.tag == "" and verdict.tone == ""
    assert "10.0-12.0 ng/mL" in verdict.sentences[0]


def test_without_a_rule_what_the_lab_calls_very_high_still_asks_to_call():
    assert told("99999-9", "12.4", "ng/mL", flag="very_high").call_now


def test_words_instead_of_numbers():
    assert told("5804-0", "Negative", None, flag="negative").tag == "Not found"
    assert told("94500-6", "Detected", None, flag="positive").tag == "Found"
    assert told("94500-6", "Detected", None, flag="unknown").tag == "Found"
    assert told("94500-6", "Not detected", None, flag="unknown").tag == "Not found"
    assert told("5804-0", "Urine protein test = trace", None, flag="unknown").tag == ""


@pytest.mark.parametrize("value", [None, "", ">500", "NaN", "see note", "1e400", "1e308", "-1e308"])
def test_odd_values_are_shown_and_not_judged(value):
    result = shown(lab("r", "Glucose", "2345-7", value, "mg/dL", shown=value), [])
    page = view(result, span="all", lang="en", zone="UTC", now=NOW)
    assert page["nline"] == "" and page["chart"] == ""
    assert row(result, lang="es")["mini"] == ""


def test_a_page_of_a_result_in_spanish():
    result = shown(lab("r", "A1C", "4548-4", "6.1", "%", flag="high"), A1C_POINTS)
    page = view(result, span="all", lang="es", zone="UTC", now=NOW)
    assert page["name"] == "A1C: azúcar promedio en la sangre"
    assert page["tag"] == "Un poco alto"
    assert "Lo más alto: 6.3" in page["chart"]
    assert len(page["table"]) == 7 and page["table"][0]["value"] == "6.1 %"


def test_the_time_span_leaves_older_results_out():
    result = shown(lab("r", "A1C", "4548-4", "6.1", "%"), A1C_POINTS)
    assert len(view(result, span="1y", lang="en", zone="UTC", now=NOW)["table"]) == 2
