"""Writing the made-up practice into the six services' databases, through their own packages."""

from portico_ops.sandbox.seeding.sowing import plant
from portico_ops.sandbox.seeding.stores import Stores, stores_from

__all__ = ["Stores", "plant", "stores_from"]
