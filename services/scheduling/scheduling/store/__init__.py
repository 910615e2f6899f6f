"""The database: tables, what the rules need to know out of them, and every write."""

from .tables import metadata

__all__ = ["metadata"]
