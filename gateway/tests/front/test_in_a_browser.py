"""Every page in a real browser under the production headers: axe, width, console, keyboard."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from front_samples import SAMPLES

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": (390, 844), "desk": (1280, 860)}
RUN = """async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags},
  resultTypes: ['violations']})).violations.map(v => [v.id,
  v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]?.message || '')).slice(0, 4)])"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HARMLESS = ("Failed to load resource",)


@pytest.fixture(scope="module")
def axe() -> str:
    return AXE_FILE_PATH.read_text()


def open_page(context, address, noise):
    page = context.new_page()
    page.on("console", lambda m: noise.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(address)
    page.evaluate("document.fonts.ready")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_open_to_everyone(front_browser, front_address, axe, size, scheme):
    width, height = SIZES[size]
    context = front_browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    found = {}
    for number, name in enumerate(SAMPLES):
        lang = "es" if number % 2 else "en"
        noise: list[str] = []
        page = open_page(context, f"{front_address}/s/{lang}/{name}", noise)
        wide = page.evaluate(SIDEWAYS)
        page.evaluate(axe)
        problems = page.evaluate(RUN, TAGS)
        if problems or wide > 0 or noise:
            found[name] = {"axe": problems, "sideways": wide, "console": noise}
        page.close()
    context.close()
    assert not found, json.dumps(found, indent=1)


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
        state = page.evaluate(
            """() => { const e = document.activeElement;
            if (!e || e === document.body) return null;
            const t = e.matches('.slot input') ? e.nextElementSibling : e;
            const s = getComputedStyle(t);
            return [e.outerHTML.slice(0, 90), s.outlineStyle !== 'none' || s.boxShadow !== 'none'] }"""
        )
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
