"""The outside: the card processor."""
