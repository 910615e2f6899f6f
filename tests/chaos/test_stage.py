"""The stage itself: what stands on it is the whole system, behind its proxies."""

from __future__ import annotations


def test_everything_talks_through_the_proxies(stage):
    stage.wait_until_ready()
    assert stage.proxies["postgres"].connections > 5
    assert stage.proxies["broker"].connections >= 8


def test_a_process_can_be_started_with_other_settings(stage):
    before = stage.pid("billing")
    stage.run_with("billing", PORTICO_WORKERS="5")
    assert stage.pid("billing") not in (before, None)
    stage.run_with("billing", PORTICO_WORKERS=None)
