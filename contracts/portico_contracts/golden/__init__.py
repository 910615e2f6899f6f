"""Golden samples: what each event and request looked like when it was first promised.

``contracts/golden`` keeps, for every event version and every request, one stored sample and its
JSON Schema. Tests read the stored samples with today's code and today's messages with the stored
schemas, so that old and new processes understand each other while both are running.
"""

from .compatibility import misfits
from .forms import event_schema, reply_schema, request_schema
from .samples import sample, sample_message, sample_reply, sample_request

__all__ = [
    "event_schema",
    "misfits",
    "reply_schema",
    "request_schema",
    "sample",
    "sample_message",
    "sample_reply",
    "sample_request",
]
