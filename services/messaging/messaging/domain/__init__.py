"""The rules of messaging: pure Python, one file a topic."""
