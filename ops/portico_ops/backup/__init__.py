"""Backups: all six databases as they stood at one moment, in a folder that is whole or not there.

A folder holds one file a database (pg_dump's own format), `manifest.json` and, where it was asked
for, `keys.json`. The files hold health information, names and addresses: keep them as you keep the
databases themselves.
"""
