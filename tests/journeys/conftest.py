"""People with browsers of their own: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the journeys of a module."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: make test-journeys installs it"
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def someone(browser, portal) -> Iterator[Callable[..., Page]]:
    """``someone("phone")``: a person with a browser of their own, at the portal's door."""
    contexts = []

    def arrive(screen: str = "phone", **options: object) -> Page:
        context = browser.new_context(
            viewport=SCREENS[screen], base_url=portal.url, locale="en-US", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        return page

    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def signed_in(someone, portal) -> Callable[..., Page]:
    """``signed_in("dana@cedargrove.example", "desk")``: somebody who has typed their password."""

    def sign_in(login: str, screen: str = "phone") -> Page:
        page = someone(screen)
        page.goto("/")
        page.get_by_label("Email or mobile number").fill(login)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Password", exact=True).fill(portal.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    return sign_in
