"""A toy service, run as a real process by the kit's tests."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID, insert
from toy_contracts import Crash, MakeThing, NobodyCares, SeeThing, ThingExists, ThingHappened

from portico_contracts.refusal import NotFound
from portico_kit.service import (
    Database,
    Service,
    audit_batches,
    patient,
    rpc,
    signed_in,
    staff,
    subscribe,
)

metadata = sa.MetaData()
thing = sa.Table(
    "thing",
    metadata,
    sa.Column("thing_id", UUID, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("patient_id", UUID),
)
effect = sa.Table(
    "effect",
    metadata,
    sa.Column("at", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("thing_id", UUID, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
)
told = sa.Table("told", metadata, sa.Column("row_id", UUID, primary_key=True))
poison = sa.Table("poison", metadata, sa.Column("number", sa.Integer, primary_key=True))
LEDGER_POISON = -1


class Toy(Service):
    name = "toy"
    database = Database()

    @rpc(MakeThing, allow=patient("record") | staff("nurse"))
    def make_thing(self, tx, request):
        if tx.execute(sa.select(thing).where(thing.c.thing_id == request.thing_id)).first():
            raise ThingExists(number=request.number)
        row = {"thing_id": request.thing_id, "number": request.number}
        tx.execute(sa.insert(thing).values(**row, patient_id=tx.patient_id))
        for number in range(1, request.number + 1):
            tx.announce(ThingHappened(thing_id=request.thing_id, number=number))
        if request.number == 0:
            tx.announce(NobodyCares(thing_id=request.thing_id))
        return row

    @rpc(SeeThing, allow=patient("record") | staff("nurse"))
    def see_thing(self, tx, request):
        mine = sa.and_(thing.c.thing_id == request.thing_id, thing.c.patient_id == tx.patient_id)
        row = tx.execute(sa.select(thing).where(mine)).mappings().first()
        if row is None:
            raise NotFound
        return {"thing_id": row["thing_id"], "number": row["number"]}

    @rpc(Crash, allow=signed_in())
    def crash(self, tx, request):
        tx.execute(sa.text("SELECT no_such_column, :note"), {"note": request.note})

    @subscribe(ThingHappened)
    def on_thing(self, tx, event):
        if tx.execute(sa.select(poison).where(poison.c.number == event.number)).first():
            raise ValueError("poisoned with a secret-canary")
        row = {"thing_id": event.thing_id, "number": event.number}
        tx.execute(sa.insert(effect).values(**row))

    @audit_batches
    def keep_rows(self, tx, rows):
        if tx.execute(sa.select(poison).where(poison.c.number == LEDGER_POISON)).first():
            raise ValueError("the ledger is not ready for it")
        written = insert(told).values([{"row_id": row["id"]} for row in rows])
        tx.execute(written.on_conflict_do_nothing())
