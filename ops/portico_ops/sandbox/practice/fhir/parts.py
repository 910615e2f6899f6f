"""The pieces that every resource is made of."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.model import Patient
from portico_ops.sandbox.practice.record import LOINC, Code

Resource = dict[str, Any]

HOUSE = uuid5(NAMESPACE_URL, "portico:sandbox/house")
HL7 = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"


def house_id(key: str) -> str:
    """The id of something that is the practice's and not one patient's."""
    return str(uuid5(HOUSE, key))


class Writer:
    """Knows one patient's ids, so that resources can point at one another."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self._namespace: UUID = patient.namespace

    def id(self, key: str) -> str:
        """The id of one entry of this patient's record."""
        return str(uuid5(self._namespace, key))

    def to(self, key: str) -> dict[str, str]:
        """A reference to one entry of this patient's record."""
        return {"reference": f"urn:uuid:{self.id(key)}"}

    @property
    def subject(self) -> dict[str, str]:
        """A reference to the patient."""
        return {**self.to("patient"), "display": self.patient.name}

    def encounter(self, key: str | None) -> Resource:
        """`encounter` where there was one, to be merged into a resource."""
        return {"encounter": self.to(key)} if key else {}


def to_house(key: str, display: str) -> dict[str, str]:
    """A reference to the practice, a provider or a place."""
    return {"reference": f"urn:uuid:{house_id(key)}", "display": display}


def to_provider(key: str) -> dict[str, str]:
    """A reference to one provider."""
    return to_house(f"provider-{key}", house.provider(key).name)


def coded(*codes: Code, text: str | None = None) -> Resource:
    """A CodeableConcept."""
    coding = [{"system": c.system, "code": c.code, "display": c.display} for c in codes]
    return {"coding": coding, "text": text or codes[0].display}


def term(system: str, code: str, display: str | None = None) -> Resource:
    """A CodeableConcept of one of HL7's own code systems."""
    coding = {"system": f"{HL7}/{system}", "code": code}
    return {"coding": [{**coding, "display": display} if display else coding]}


def loinc(code: str, display: str) -> Resource:
    """A CodeableConcept of LOINC."""
    return coded(Code(system=LOINC, code=code, display=display))


def moment(when: datetime) -> str:
    """A FHIR instant."""
    return when.isoformat(timespec="seconds")


def day(when: date) -> str:
    """A FHIR date."""
    return when.isoformat()


def number(value: Decimal) -> int | float:
    """A JSON number that prints with the digits that the decimal has."""
    return int(value) if value == value.to_integral_value() and _bare(value) else float(value)


def quantity(value: Decimal, unit: str) -> Resource:
    """A Quantity in UCUM."""
    return {"value": number(value), "unit": unit, "system": UCUM, "code": unit}


def money(cents: int) -> Resource:
    """A Money in dollars."""
    return {"value": cents / 100, "currency": "USD"}


def _bare(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= 0
