"""Ids that are fresh, and ids that follow from something."""

from uuid import RFC_4122

from portico_kit.ids import derived_id, new_id


def test_an_id_that_follows_is_the_same_each_time_and_another_for_anything_else():
    cause = new_id()
    made = derived_id(cause, "mail", "somebody")
    assert made == derived_id(cause, "mail", "somebody")
    assert (made.version, made.variant) == (7, RFC_4122)
    others = {
        derived_id(cause, "text", "somebody"),
        derived_id(cause, "mail", "another"),
        derived_id(new_id(), "mail", "somebody"),
        cause,
    }
    assert made not in others
    assert len(others) == 4


def test_it_stands_in_the_index_where_its_cause_does():
    causes = [new_id() for _ in range(3)]
    assert {derived_id(c).int >> 80 for c in causes} == {c.int >> 80 for c in causes}
