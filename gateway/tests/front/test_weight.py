"""The speed budgets of the design: bytes on the wire, files, and what may be kept how long."""

from __future__ import annotations

import gzip
import re

import pytest
from front_samples import SAMPLES

from gateway import assets

KB = 1024
FILES = assets.load()


def packed(name: str) -> int:
    return len(FILES.by_name[name].gzip or FILES.by_name[name].plain)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_is_light(name):
    limit = 15 if SAMPLES[name].template.startswith("staff/") else 10
    assert len(gzip.compress(SAMPLES[name].html("es").encode(), 9)) <= limit * KB


def test_sheets_scripts_icons_and_font_are_light():
    assert packed("css/app.css") <= 12 * KB
    assert packed("css/staff.css") <= 5 * KB
    assert packed("js/app.js") <= 2 * KB
    assert packed("js/app.js") + packed("js/live.js") <= 24 * KB
    assert packed("icons.svg") <= 5 * KB
    assert packed(assets.FONT) <= 36 * KB


def test_a_first_view_needs_few_files_and_few_bytes():
    html = SAMPLES["home"].html()
    names = set(re.findall(r"/static/[\w./-]+", html)) - {FILES.url("app.webmanifest")}
    sizes = [len(FILES.by_url[name].gzip or FILES.by_url[name].plain) for name in names]
    assert len(names) + 1 <= 9
    assert sum(sizes) + len(gzip.compress(html.encode(), 9)) <= 90 * KB


@pytest.mark.parametrize("name", SAMPLES)
def test_htmx_comes_only_with_a_live_part(name):
    html = SAMPLES[name].html()
    live = "hx-sse:connect" in html or "hx-post" in html or "hx-get" in html
    assert ("js/live" in html) == live


def test_what_makes_a_page_live_comes_in_one_file():
    # In two, a page now and then looked for its live parts before the second one was there.
    live = FILES.by_name["js/live.js"].plain.decode()
    assert live.index("var htmx=") < live.index('htmx.registerExtension("sse"')
    assert not [name for name in FILES.by_name if name.startswith("vendor/")]


def test_names_come_from_the_content_and_point_at_each_other():
    sheet = FILES.by_name["css/app.css"]
    assert re.fullmatch(r"/static/css/app\.[0-9a-f]{10}\.css", sheet.url)
    assert FILES.url(assets.FONT).encode() in sheet.plain
    assert FILES.url("mark.svg").encode() in FILES.by_name["app.webmanifest"].plain
    worker = FILES.by_name["js/sw.js"].plain.decode()
    assert sheet.url in worker and "@" not in worker.split("addEventListener")[0]


def test_dark_colours_can_be_chosen_by_hand():
    sheet = FILES.by_name["css/app.css"].plain.decode()
    assert ':root[data-theme="dark"]{' in sheet


def test_the_smallest_encoding_that_the_browser_takes_is_sent():
    sheet = FILES.by_name["css/app.css"]
    assert sheet.best("gzip, deflate, br")[1] == "br"
    assert sheet.best("gzip")[1] == "gzip"
    assert sheet.best("")[1] is None


def test_every_icon_that_a_page_shows_is_in_the_sprite():
    drawn = set(re.findall(r'id="([\w-]+)"', FILES.by_name["icons.svg"].plain.decode()))
    shown = {name for sample in SAMPLES.values()
             for name in re.findall(r"icons\.\w+\.svg#([\w-]+)", sample.html())}  # fmt: skip
    assert shown <= drawn
