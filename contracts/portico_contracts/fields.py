"""The kinds of field an event may carry.

Events go to every subscriber and into logs of brokers, so each field says what it is:

- ``Plain``: ids, codes of kind, times and amounts;
- ``Contact``: a name or an address to reach someone by, allowed in ``ContactDetailsChanged`` only;
- ``Sealed``: ciphertext that only the subscriber it is meant for can open.

There is no kind for clinical text: it never travels in an event (ARCHITECTURE §5).
"""

from typing import Annotated, TypeVar

T = TypeVar("T")

PLAIN = "plain"
CONTACT = "contact"
SEALED = "sealed"
KINDS = frozenset({PLAIN, CONTACT, SEALED})

Plain = Annotated[T, PLAIN]
Contact = Annotated[T, CONTACT]
Sealed = Annotated[T, SEALED]
