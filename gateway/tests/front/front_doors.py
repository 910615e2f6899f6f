"""Signing in with a second factor: what its pages are given."""

from __future__ import annotations

from typing import Any

from gateway.qr import qr_code

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADDRESS = (
    "otpauth://totp/Cedar%20Grove%20Family%20Health:maria%40cedargrove.example"
    f"?secret={KEY}&issuer=Cedar%20Grove%20Family%20Health"
)
SINCE = "2026-11-20T14:00:00+00:00"
CODES = [f"K7Q{n}-M9XD" for n in range(10)]
OFF = {"app_since": None, "text_since": None, "mobile_hint": "•••42", "recovery_codes_left": 0,
       "required": False}  # fmt: skip
ON = {**OFF, "app_since": SINCE, "text_since": SINCE, "recovery_codes_left": 8}
LOW = {**OFF, "app_since": SINCE, "recovery_codes_left": 2, "mobile_hint": None}
APP = {"factor": "app", "key": KEY, "address": ADDRESS, "mobile_hint": None}
TEXT = {"factor": "text", "key": None, "address": None, "mobile_hint": "•••42"}
WAYS = ("app", "text", "recovery")

Shown = dict[str, tuple[str, dict[str, Any]]]


def _code(way: str) -> tuple[str, dict[str, Any]]:
    shown = {"way": way, "ways": WAYS, "hint": "42", "next": "/me/"}
    return "door/sign_in_code.html", shown


def _confirm(started: dict[str, Any], base: str) -> tuple[str, dict[str, Any]]:
    shown = {"started": started, "qr": qr_code(started["address"] or ""), "root": base}
    return "account/factor_confirm.html", {**shown, "action": f"{base}/confirm"}


def _proof(what: str, factor: str, *ways: str) -> tuple[str, dict[str, Any]]:
    shown = {"what": what, "factor": factor, "ways": [*ways, "recovery"], "way": ways[0]}
    return "account/factor_proof.html", shown


SECOND_STEP: Shown = {
    **{f"second-step-{way}": _code(way) for way in WAYS},
    "second-step-wrong": _code("app"),
    "second-step-set-up": ("door/second_factor.html", {}),
    "second-step-set-up-key": _confirm(APP, "/sign-in/set-up"),
}
KNOWN = {"second-step-wrong": {"errors": [{"field": "code", "text": "That code is wrong."}]}}
SIGNING_IN: Shown = {
    "factors-off": ("account/sign_in.html", {"factors": OFF}),
    "factors-on": ("account/sign_in.html", {"factors": ON}),
    "factors-low": ("account/sign_in.html", {"factors": LOW}),
    "factors-failed": ("account/sign_in.html", {"factors": None}),
    "password-change": ("account/password.html", {}),
    "factor-start-app": ("account/factor_start.html", {"factor": "app"}),
    "factor-start-text": ("account/factor_start.html", {"factor": "text"}),
    "factor-key": _confirm(APP, "/account/sign-in"),
    "factor-text": _confirm(TEXT, "/account/sign-in"),
    "recovery-codes": ("account/recovery_codes.html", {"codes": CODES, "back": "/account/sign-in"}),
    "factor-off": _proof("off", "app", "app"),
    "codes-new": _proof("codes", "app", "app", "text"),
}
OF_STAFF: Shown = {
    "staff-factors": (
        "account/sign_in.html",
        {"factors": {**ON, "required": True}, "root": "/staff/account/sign-in"},
    ),
    "staff-factor-key": _confirm(APP, "/staff/account/sign-in"),
}
