"""Cedar Grove Family Health: what does not depend on chance."""

from __future__ import annotations

from datetime import time

from portico_ops.sandbox.practice.model import (
    Location,
    Provider,
    StaffMember,
    VisitType,
    WorkingHours,
)

NAME = "Cedar Grove Family Health"
NPI = "1999999992"
PHONE = "(555) 010-0100"
NURSE_PHONE = "(555) 010-0142"
ZONE_NAME = "America/New_York"
SIGN_IN_PASSWORD = "correct-horse-battery"  # noqa: S105  (printed by `make up`, on purpose)
LABORATORY = "Valley Diagnostics"
HOSPITAL = "Cedar Valley Hospital"
PHARMACIES = ("Main Street Pharmacy", "Grove Drugs", "Riverside Pharmacy")

LOCATIONS = (
    Location(
        key="main-street",
        name="Main Street clinic",
        address="120 Main Street, 2nd floor, Cedar Grove, NY 10999",
        phone=PHONE,
        zone=ZONE_NAME,
    ),
    Location(
        key="river-road",
        name="River Road clinic",
        address="8 River Road, Cedar Grove, NY 10999",
        phone="(555) 010-0180",
        zone=ZONE_NAME,
    ),
)

STAFF = (
    StaffMember(key="dana", name="Dana Whitfield", title="Nurse",
                email="dana@cedargrove.example", roles=("nurse",)),
    StaffMember(key="tom", name="Tom Alvarez", title="Front desk",
                email="tom@cedargrove.example", roles=("front_desk", "billing")),
    StaffMember(key="amara", name="Dr. Amara Okafor", title="Family doctor",
                email="amara@cedargrove.example", roles=("clinician",)),
    StaffMember(key="lena", name="Lena Park NP", title="Nurse practitioner",
                email="lena@cedargrove.example", roles=("clinician",)),
    StaffMember(key="ruth", name="Ruth Lindqvist", title="Practice administrator",
                email="ruth@cedargrove.example", roles=("practice_administrator",)),
)  # fmt: skip

VISIT_TYPES = (
    VisitType(code="check_up", name_en="Yearly check-up", name_es="Chequeo anual", minutes=30,
              modes=("in_person",), online=True, notice_hours=24, horizon_days=180,
              reason_needed=False),
    VisitType(code="problem", name_en="Visit for a problem", name_es="Consulta por un problema",
              minutes=15, modes=("in_person", "video"), online=True, notice_hours=2,
              horizon_days=60, reason_needed=True),
    VisitType(code="follow_up", name_en="Follow-up visit", name_es="Visita de seguimiento",
              minutes=15, modes=("in_person", "video", "phone"), online=True, notice_hours=4,
              horizon_days=120, reason_needed=False),
    VisitType(code="well_child", name_en="Well-child visit", name_es="Control del niño sano",
              minutes=30, modes=("in_person",), online=True, notice_hours=24, horizon_days=180,
              reason_needed=False),
    VisitType(code="vaccine", name_en="Vaccine visit", name_es="Visita para vacuna", minutes=15,
              modes=("in_person",), online=True, notice_hours=2, horizon_days=90,
              reason_needed=False),
    VisitType(code="new_patient", name_en="First visit", name_es="Primera visita", minutes=45,
              modes=("in_person",), online=False, notice_hours=48, horizon_days=90,
              reason_needed=True),
)  # fmt: skip

ALL_VISIT_TYPES = tuple(kind.code for kind in VISIT_TYPES)

PROVIDERS = (
    Provider(key="okafor", given="Amara", family="Okafor", name="Dr. Amara Okafor", title="MD",
             npi="1999999984", location_key="main-street", visit_types=ALL_VISIT_TYPES,
             staff_key="amara"),
    Provider(key="park", given="Lena", family="Park", name="Lena Park NP", title="NP",
             npi="1999999976", location_key="main-street", visit_types=ALL_VISIT_TYPES,
             staff_key="lena"),
    Provider(key="adeyemi", given="Samuel", family="Adeyemi", name="Dr. Samuel Adeyemi",
             title="MD", npi="1999999968", location_key="river-road",
             visit_types=("check_up", "problem", "follow_up", "new_patient"), staff_key=None),
)  # fmt: skip

WORKDAYS = {"okafor": (0, 1, 2, 3, 4), "park": (0, 1, 3, 4), "adeyemi": (1, 2, 3)}
MORNING = (time(8, 30), time(12, 0))
AFTERNOON = (time(13, 0), time(17, 0))


def working_hours() -> tuple[WorkingHours, ...]:
    """Everyone's week: mornings and afternoons with lunch between."""
    return tuple(
        WorkingHours(
            provider_key=provider.key,
            location_key=provider.location_key,
            weekday=weekday,
            opens=opens,
            closes=closes,
        )
        for provider in PROVIDERS
        for weekday in WORKDAYS[provider.key]
        for opens, closes in (MORNING, AFTERNOON)
    )


def provider(key: str) -> Provider:
    """The provider with this key."""
    return next(each for each in PROVIDERS if each.key == key)
