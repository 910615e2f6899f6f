"""Keeps the processes of one installation running: starts, watches, restarts, stops."""
