"""Every page in every state, in both languages, has what every page must have."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from front_samples import SAMPLES, patient, staff

from gateway.templating import TEMPLATES, page_context, render

EVERY = [pytest.param(sample, lang, id=f"{name}-{lang}")
         for name, sample in SAMPLES.items() for lang in ("en", "es")]  # fmt: skip
VOID = frozenset("meta link input br img hr path rect circle line use".split())
PAGES = {
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    if not path.name.startswith("_")
}


class Shape(HTMLParser):
    """Open tags, headings, ids, forms: enough to judge a page without a browser."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.forms: list[dict[str, bool]] = []
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        if "id" in known:
            self.ids.append(known["id"] or "")
        self.wrong += [f"{tag} has {name}" for name in known if name == "style" or name[:2] == "on"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "form":
            self.forms.append({"post": known.get("method") == "post", "csrf": False, "key": False})
        if tag == "input" and self.forms:
            self.forms[-1]["csrf"] |= known.get("name") == "csrf"
            self.forms[-1]["key"] |= known.get("name") == "idempotency_key"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")


@pytest.mark.parametrize(("sample", "lang"), EVERY)
def test_a_page_is_well_formed_named_and_safe(sample, lang):
    html = sample.html(lang)
    shape = Shape(html)
    assert shape.wrong == []
    assert shape.open == []
    assert f'<html lang="{lang}"' in html
    assert shape.headings.count(1) == 1
    assert len(shape.ids) == len(set(shape.ids)), sorted(shape.ids)
    assert "<script>" not in html
    assert not re.search(r"(src|href)=\"https?://", html)


@pytest.mark.parametrize(("sample", "lang"), EVERY)
def test_headings_skip_no_level(sample, lang):
    levels = Shape(sample.html(lang)).headings
    steps = pairwise(levels)
    assert [pair for pair in steps if pair[1] > pair[0] + 1] == []


@pytest.mark.parametrize(("sample", "lang"), EVERY)
def test_every_form_that_sends_carries_its_two_keys(sample, lang):
    forms = [form for form in Shape(sample.html(lang)).forms if form["post"]]
    assert all(form["csrf"] and form["key"] for form in forms)


@pytest.mark.parametrize(("sample", "lang"), EVERY)
def test_every_page_says_how_to_reach_a_person(sample, lang):
    html = sample.html(lang)
    queue = "staff-queue" in sample.name or "staff-item" in sample.name
    assert queue or "tel:+15550100" in html


def test_every_page_template_has_a_sample():
    assert {sample.template for sample in SAMPLES.values()} == PAGES


def test_the_record_of_someone_else_is_named_on_the_button():
    assert "Book for Elena" in SAMPLES["book-check-proxy"].html()
    assert "You are viewing your mother’s record" in SAMPLES["book-check-proxy"].html()


def test_a_part_that_failed_says_whose_fault_it_is_and_leaves_the_rest():
    html = SAMPLES["home-failed"].html()
    assert "The problem is on our side" in html
    assert "Good morning, Maria" in html


def test_text_that_people_wrote_never_becomes_markup():
    page = patient("en")
    thread = {"messages": [{
        "message_id": "1", "sender": "staff", "author": {"id": "s", "name": "<b>Dana</b>"},
        "body": "<script>alert(1)</script>\n\nTwo", "sent_at": "2026-11-23T13:15:00+00:00",
        "read_at": None, "read_by": None}]}  # fmt: skip
    html = render("patient/thread.html", page=page, block="bubbles", thread=thread, live=True)
    assert "<script>" not in html and "<b>Dana</b>" not in html
    assert "&lt;script&gt;" in html


def test_a_live_fragment_is_a_part_of_the_page():
    from front_work import CARDS, ITEMS, MESSAGES, QUEUE

    thread = {"messages": MESSAGES[:1]}
    bubble = render("patient/thread.html", page=patient("es"), block="bubbles", thread=thread,
                    live=True)  # fmt: skip
    assert "<html" not in bubble and 'id="m-1"' in bubble
    one = {**QUEUE, "list": {"items": ITEMS["items"][:1], "next": None}}
    line = render("staff/queue.html", page=staff("en"), block="tickets", queue=one, cards=CARDS,
                  item=None)  # fmt: skip
    assert "<html" not in line and 'id="t-i1"' in line
    rail = render("_staff.html", page=staff("en"), block="rail_queues")
    assert 'id="rail-queues"' in rail


def test_a_page_key_that_no_template_knows_is_refused():
    with pytest.raises(TypeError, match="counter"):
        page_context(practice={}, now=__import__("datetime").datetime.now().astimezone(), counter=1)
