"""The shipped list of common passwords (made by ``make_common_passwords.py``), read once."""

from functools import cache
from importlib.resources import files


@cache
def common_passwords() -> frozenset[str]:
    """Folded passwords that nobody may choose."""
    text = files("identity").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
