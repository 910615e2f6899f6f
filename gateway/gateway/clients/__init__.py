"""The only callers of services: one way to ask, two roads to ask by."""

from .services import Services

__all__ = ["Services"]
