"""Restoring: databases back to an earlier moment, in a world that has gone on since.

Mail was sent, cards were charged and the broker was told what the databases no longer know. So a
restore does not end with the databases: what lies ahead of them is found, kept and reported, and
nothing that may have been sent before is sent again by itself (docs/guides/restore.md).
"""
