"""Patient, practice, providers and places."""

from __future__ import annotations

import re
from typing import Any

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.fhir.parts import Resource, Writer, day, house_id, term, to_house
from portico_ops.sandbox.practice.model import Location, Patient, Provider

LANGUAGES = {"en": ("en-US", "English"), "es": ("es", "Spanish")}
NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
MRN_SYSTEM = "https://cedargrove.example/mrn"


def patient(writer: Writer) -> Resource:
    """The Patient."""
    who = writer.patient
    language, words = LANGUAGES[who.language]
    mrn_type = term("v2-0203", "MR", "Medical Record Number")
    return {
        "resourceType": "Patient",
        "id": writer.id("patient"),
        "identifier": [{"type": mrn_type, "system": MRN_SYSTEM, "value": who.mrn}],
        "active": True,
        "name": [{"use": "official", "family": who.family, "given": [who.given]}],
        "telecom": _telecom(who),
        "gender": who.sex,
        "birthDate": day(who.birth_date),
        "address": [
            {"use": "home", "line": [who.street], "city": who.city, "state": who.state,
             "postalCode": who.postcode, "country": "US"}
        ],
        "communication": [
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": language,
                                      "display": words}], "text": words}, "preferred": True}
        ],
        "generalPractitioner": [
            to_house(f"provider-{who.provider_key}", house.provider(who.provider_key).name)
        ],
        "managingOrganization": to_house("practice", house.NAME),
    }  # fmt: skip


def practice() -> Resource:
    """The Organization that the practice is."""
    return {
        "resourceType": "Organization", "id": house_id("practice"),
        "identifier": [{"system": NPI_SYSTEM, "value": house.NPI}], "active": True,
        "type": [term("organization-type", "prov", "Healthcare Provider")],
        "name": house.NAME, "telecom": [{"system": "phone", "value": house.PHONE}],
    }  # fmt: skip


def other_organization(key: str, name: str) -> Resource:
    """The laboratory, the hospital."""
    return {
        "resourceType": "Organization", "id": house_id(key), "active": True, "name": name,
        "identifier": [{"system": "https://cedargrove.example/organization", "value": key}],
    }  # fmt: skip


def practitioner(who: Provider) -> Resource:
    """A provider."""
    name: dict[str, Any] = {"family": who.family, "given": [who.given], "text": who.name}
    name |= {"prefix": ["Dr."]} if who.title == "MD" else {"suffix": [who.title]}
    return {
        "resourceType": "Practitioner", "id": house_id(f"provider-{who.key}"),
        "identifier": [{"system": NPI_SYSTEM, "value": who.npi}], "active": True, "name": [name],
    }  # fmt: skip


def location(where: Location) -> Resource:
    """A clinic."""
    return {
        "resourceType": "Location", "id": house_id(f"location-{where.key}"), "status": "active",
        "identifier": [{"system": "https://cedargrove.example/location", "value": where.key}],
        "name": where.name, "telecom": [{"system": "phone", "value": where.phone}],
        "address": {"text": where.address},
        "managingOrganization": to_house("practice", house.NAME),
    }  # fmt: skip


def _telecom(who: Patient) -> list[Resource]:
    telecom = [{"system": "phone", "value": international(who.phone), "use": "mobile"}]
    if who.email:
        telecom.append({"system": "email", "value": who.email})
    return telecom


def international(phone: str) -> str:
    """A phone number of the practice's country as machines dial it."""
    return "+1" + re.sub(r"\D", "", phone)
