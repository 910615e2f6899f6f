"""The rules of visits: pure Python over plain data, no library."""
