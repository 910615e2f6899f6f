"""Rules of the record: pure Python, no library."""
