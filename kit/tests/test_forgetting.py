"""Rows that only guard against repetition go when they are old, and not before."""

from portico_kit.forgetting import forget_old

OLD_AND_NEW = """
INSERT INTO inbox (subscription, event_id, at) VALUES
    ('toy.old', gen_random_uuid(), now() - interval '91 days'),
    ('toy.new', gen_random_uuid(), now() - interval '89 days')
"""
ANSWERS = """
INSERT INTO idempotency (account_id, key, method, request_hash, reply, at) VALUES
    (gen_random_uuid(), 'old', 'm', '', '', now() - interval '8 days'),
    (gen_random_uuid(), 'new', 'm', '', '', now() - interval '6 days')
"""


def test_only_what_is_old_is_forgotten(bench):
    bench.write("TRUNCATE inbox, idempotency")
    bench.write(OLD_AND_NEW)
    bench.write(ANSWERS)
    forget_old(bench.store)
    assert bench.rows("SELECT subscription FROM inbox") == [("toy.new",)]
    assert bench.rows("SELECT key FROM idempotency") == [("new",)]
