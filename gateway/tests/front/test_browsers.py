"""Devices are named as their owners would name them."""

from __future__ import annotations

import pytest

from gateway.browsers import browser_and_system

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "named"),
    [
        (f"{MAC} Version/18.1 Safari/605.1.15", ("Safari", "Mac")),
        (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36", ("Chrome", "Windows")),
        (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0", ("Edge", "Windows")),
        (f"{ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36", ("Chrome", "Android")),
        (f"{IPHONE} CriOS/131.0 Mobile/15E148 Safari/604.1", ("Chrome", "iPhone")),
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", ("Safari", "iPhone")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
         ("Firefox", "Linux")),
        ("python-httpx/0.28", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_browser_is_named_by_what_people_call_it(user_agent, named):
    assert browser_and_system(user_agent) == named
