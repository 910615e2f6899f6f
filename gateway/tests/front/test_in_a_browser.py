"""Every page in a real browser under the production headers: axe, width, console, keyboard."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from front_samples import SAMPLES

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 860}
LOOKS = [(PHONE, "light"), (DESK, "dark"), (PHONE, "dark"), (DESK, "light")]
IN_FULL = {"home", "result-a1c", "book-time", "thread", "staff-item-message", "sign-in"}
"""Pages that axe reads in every look; the others take turns, so that a run stays short."""
SAME_PAGE = re.compile("error-(4[^0]|503)|signed-out-(time|ended)|receipt-|.*-empty")
RUN = """async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags},
  resultTypes: ['violations']})).violations.map(v => [v.id,
  v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]?.message || '')).slice(0, 4)])"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS = """() => { const e = document.activeElement;
  if (!e || e === document.body) return null;
  const t = e.matches('.slot input') ? e.nextElementSibling : e, s = getComputedStyle(t);
  return [e.outerHTML.slice(0, 90), s.outlineStyle !== 'none' || s.boxShadow !== 'none'] }"""
NAMES = [name for name in SAMPLES if not SAME_PAGE.match(name)]


def listen(page, noise):
    page.on("console", lambda m: noise.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))


def open_page(context, address, noise):
    page = context.new_page()
    listen(page, noise)
    page.goto(address)
    page.evaluate("document.fonts.ready")
    return page


@pytest.fixture(scope="module")
def looker(front_browser):
    """A page that finds axe wherever it goes, and what its console says."""
    context = front_browser.new_context(viewport=PHONE, reduced_motion="reduce")
    context.add_init_script(path=AXE_FILE_PATH)
    page = context.new_page()
    noise: list[str] = []
    listen(page, noise)
    yield page, noise
    context.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_open_to_everyone(looker, front_address, name):
    page, noise = looker
    noise.clear()
    turn = NAMES.index(name)
    looks = LOOKS if name in IN_FULL else LOOKS[turn % 4 : turn % 4 + 1]
    # Each change of size lays the page out anew: it ends in the one that axe reads first.
    sizes = (DESK, PHONE) if looks[0][0] is PHONE else (PHONE, DESK)
    page.set_viewport_size(sizes[0])
    page.goto(f"{front_address}/s/{'en' if turn % 2 else 'es'}/{name}")
    found = {}
    for size in sizes:
        page.set_viewport_size(size)
        found[f"sideways at {size['width']}"] = max(0, page.evaluate(SIDEWAYS))
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found[f"axe {size['width']} {scheme}"] = page.evaluate(RUN, TAGS)
    found["console"] = list(noise)
    assert not any(found.values()), json.dumps(found, indent=1)


@pytest.mark.parametrize("name", ["home", "result-a1c", "book-time", "thread", "staff-queue"])
def test_large_text_on_a_small_phone_loses_nothing(front_browser, front_address, name):
    context = front_browser.new_context(viewport={"width": 320, "height": 640})
    page = open_page(context, f"{front_address}/s/es/{name}", [])
    page.evaluate("document.documentElement.style.fontSize = '130%'")
    assert page.evaluate(SIDEWAYS) <= 0
    context.close()


@pytest.mark.parametrize("name", ["home", "book-time", "sign-in-password", "message-new"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(front_browser, front_address, name):
    context = front_browser.new_context(viewport={"width": 390, "height": 700})
    page = open_page(context, f"{front_address}/s/en/{name}", [])
    hidden, seen = [], 0
    for _ in range(45):
        page.keyboard.press("Tab")
        state = page.evaluate(FOCUS)
        if state is None:
            break
        seen += 1
        if not state[1]:
            hidden.append(state[0])
    context.close()
    assert seen > 5 and hidden == []


def test_pages_work_without_javascript(front_browser, front_address):
    context = front_browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{front_address}/s/en/home")
    page.click(".who summary")
    assert page.is_visible(".who__menu")
    page.goto(f"{front_address}/s/en/book-time")
    page.check("#s1-3", force=True)
    assert page.is_checked("#s1-3")
    context.close()


def test_a_chosen_time_is_said_in_the_bar(front_browser, front_address):
    context = front_browser.new_context(viewport={"width": 390, "height": 844})
    page = open_page(context, f"{front_address}/s/en/book-time", [])
    page.check("#s1-3", force=True)
    assert page.text_content("[data-choice]") == "Tue, Dec 1, 10:10 AM"
    context.close()


def test_the_same_message_twice_stands_in_the_thread_once(front_browser, front_address):
    context = front_browser.new_context(viewport={"width": 390, "height": 844})
    page = open_page(context, f"{front_address}/s/en/thread", [])
    count = page.locator("#thread > .msg").count()
    page.evaluate(
        """() => { const list = document.querySelector('#thread');
        list.insertAdjacentHTML('beforeend', '<article class="msg" id="m-1">again</article>');
        document.dispatchEvent(new Event('htmx:after:swap', {bubbles: true})) }"""
    )
    assert page.locator("#thread > .msg").count() == count
    assert page.text_content("#m-1") == "again"
    context.close()


def test_the_browser_keeps_no_page_of_a_record(front_browser, front_address):
    context = front_browser.new_context()
    page = open_page(context, f"{front_address}/s/en/result-a1c", [])
    page.evaluate("navigator.serviceWorker.ready")
    kept = page.evaluate(
        """async () => { const all = [];
        for (const k of await caches.keys()) for (const r of await (await caches.open(k)).keys())
          all.push(new URL(r.url).pathname);
        return [all, localStorage.length + sessionStorage.length] }"""
    )
    assert all(path.startswith("/static/") or path == "/offline" for path in kept[0])
    assert kept[1] == 0
    context.close()


def test_a_draft_is_kept_after_typing_and_never_after_sending(front_browser, front_address):
    context = front_browser.new_context(viewport={"width": 390, "height": 844})
    page, kept = context.new_page(), []
    page.on("request", lambda r: kept.append(r.post_data) if r.url.endswith("/draft") else None)
    page.clock.install()
    page.goto(f"{front_address}/s/en/message-new")
    page.fill("#subject", "Rash")
    page.fill("#body", "Since Friday")
    with page.expect_response("**/draft"):
        page.clock.fast_forward(2500)
    assert len(kept) == 1 and "body=Since+Friday&subject=Rash" in kept[0]
    page.fill("#body", "Since Friday, and it spreads")
    page.evaluate("document.querySelector('form[data-once]').dispatchEvent(new Event('submit'))")
    page.clock.fast_forward(2500)
    page.evaluate("fetch('/after')")
    context.close()
    assert len(kept) == 1


def test_a_draft_that_led_to_the_sign_in_page_is_not_called_saved(front_browser, front_address):
    context = front_browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.route("**/draft", lambda route: route.fulfill(status=303, headers={"location": "/help"}))
    page.clock.install()
    page.goto(f"{front_address}/s/en/message-new")
    page.fill("#body", "Since Friday")
    with page.expect_request("**/draft"):
        page.clock.fast_forward(2500)
    page.evaluate("fetch('/after').then(r => r.text())")
    assert page.text_content("[data-draft-note]") == ""
    context.close()
