"""Messaging's tables and writes, one file a topic."""

from .tables import metadata

__all__ = ["metadata"]
