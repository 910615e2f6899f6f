"""Identity's tables and what is written to them, one module a topic."""
