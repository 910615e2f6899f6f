"""Lab results in plain words: what a test tells, and how a value compares, in both languages."""

from gateway.plain_words.catalogue import Test, tests_by_code
from gateway.plain_words.describe import describe
from gateway.plain_words.view import row, view

__all__ = ["Test", "describe", "row", "tests_by_code", "view"]
