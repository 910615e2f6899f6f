"""Visit summaries and discharge summaries as patients get them: plain text, English or Spanish."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from portico_ops.sandbox.practice.advice import ADVICE
from portico_ops.sandbox.practice.catalogue.illnesses import ILLNESSES
from portico_ops.sandbox.practice.days import ZONE
from portico_ops.sandbox.practice.house import HOSPITAL, NAME, NURSE_PHONE, provider
from portico_ops.sandbox.practice.record import (
    Encounter,
    Language,
    Measurement,
    Medication,
)

MONTHS_ES = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
             "septiembre", "octubre", "noviembre", "diciembre")  # fmt: skip

WORDS = {
    "en": {
        "visit": "Visit summary", "stay": "Hospital discharge summary", "by": "Seen by",
        "why": "Why you came", "measured": "What we measured", "found": "What we found",
        "medicines": "Your medicines", "next": "What to do next", "call": "When to call us",
        "pressure": "Blood pressure", "weight": "Weight", "none": "No medicines.",
        "check_up": "You came for your yearly check-up. You feel well.",
        "well_child": "You came for a well-child visit. Growth is as it should be.",
        "follow_up": "You came back so that we could see how you are doing.",
        "for": "You came because of {words}.",
        "healthy": "All that we checked looks good.",
        "again": "Come back for your next visit as planned. Bring your medicines.",
        "nurse": f"Call our nurse line at {NURSE_PHONE}, day or night, if you feel worse or have "
                 "a fever above 101 °F (38.3 °C). Call 911 for chest pain or trouble breathing.",
        "stayed": f"You were in {HOSPITAL} from {{start}} to {{end}} because of {{words}}.",
        "after": "See us within 10 days. Rest, and do a little more each day.",
        "title": "Summary of your visit on {day}",
        "title_stay": "Discharge summary, {day}",
    },
    "es": {
        "visit": "Resumen de la visita", "stay": "Resumen de alta del hospital",
        "by": "Le atendió", "why": "Por qué vino", "measured": "Lo que medimos",
        "found": "Lo que encontramos", "medicines": "Sus medicinas",
        "next": "Qué hacer ahora", "call": "Cuándo llamarnos", "pressure": "Presión arterial",
        "weight": "Peso", "none": "Ninguna medicina.",
        "check_up": "Vino para su chequeo anual. Se siente bien.",
        "well_child": "Vino para el control del niño sano. El crecimiento es bueno.",
        "follow_up": "Volvió para que viéramos cómo sigue.",
        "for": "Vino por: {words}.",
        "healthy": "Todo lo que revisamos está bien.",
        "again": "Vuelva para su próxima visita. Traiga sus medicinas.",
        "nurse": f"Llame a nuestra línea de enfermería al {NURSE_PHONE}, de día o de noche, si "
                 "se siente peor o tiene fiebre de más de 38.3 °C (101 °F). Llame al 911 si "
                 "tiene dolor de pecho o le falta el aire.",
        "stayed": f"Estuvo en {HOSPITAL} del {{start}} al {{end}} por: {{words}}.",
        "after": "Venga a vernos en menos de 10 días. Descanse y haga un poco más cada día.",
        "title": "Resumen de su visita del {day}",
        "title_stay": "Resumen de alta, {day}",
    },
}  # fmt: skip


def visit_title(encounter: Encounter, language: Language) -> str:
    """What the summary is called in lists."""
    name = "title_stay" if encounter.setting == "IMP" else "title"
    day = encounter.ends_at.astimezone(ZONE).date()
    return WORDS[language][name].format(day=say_day(day, language))


def visit_text(
    encounter: Encounter,
    *,
    visit_type: str,
    illnesses: Sequence[str],
    vitals: Sequence[Measurement],
    medicines: Sequence[Medication],
    language: Language,
) -> str:
    """The summary of an office visit."""
    words = WORDS[language]
    return _document(
        (words["visit"], [_heading(encounter, language)]),
        (words["why"], [_why(visit_type, illnesses, language)]),
        (words["measured"], _measured(vitals, language)),
        (words["found"], _found(illnesses, language)),
        (words["medicines"], _medicines(medicines, language)),
        (words["next"], [words["again"]]),
        (words["call"], [words["nurse"]]),
    )


def discharge_text(
    encounter: Encounter,
    *,
    illness: str,
    medicines: Sequence[Medication],
    language: Language,
) -> str:
    """The summary that the hospital sent home with the patient."""
    words = WORDS[language]
    stayed = words["stayed"].format(
        start=say_day(encounter.starts_at.astimezone(ZONE).date(), language),
        end=say_day(encounter.ends_at.astimezone(ZONE).date(), language),
        words=_words_of(illness, language),
    )
    return _document(
        (words["stay"], [stayed]),
        (words["found"], _found([illness], language)),
        (words["medicines"], _medicines(medicines, language)),
        (words["next"], [words["after"]]),
        (words["call"], [words["nurse"]]),
    )


def say_day(day: date, language: Language) -> str:
    """A date in words."""
    if language == "es":
        return f"{day.day} de {MONTHS_ES[day.month - 1]} de {day.year}"
    return f"{day:%B} {day.day}, {day.year}"


def _document(*sections: tuple[str, list[str]]) -> str:
    return "\n\n".join("\n".join((title, *lines)) for title, lines in sections) + "\n"


def _heading(encounter: Encounter, language: Language) -> str:
    day = say_day(encounter.starts_at.astimezone(ZONE).date(), language)
    return f"{day}. {WORDS[language]['by']}: {provider(encounter.provider_key).name}, {NAME}."


def _why(visit_type: str, illnesses: Sequence[str], language: Language) -> str:
    words = WORDS[language]
    if visit_type == "problem" and illnesses:
        return words["for"].format(words=_words_of(illnesses[0], language))
    return words.get(visit_type, words["follow_up"])


def _measured(vitals: Sequence[Measurement], language: Language) -> list[str]:
    words = WORDS[language]
    values = {each.code.code: each.value for each in vitals}
    weight = values["29463-7"]
    assert isinstance(weight, Decimal)
    pounds = f"{float(weight) * 2.2046:.0f} lb"
    return [
        f"{words['pressure']}: {values['8480-6']}/{values['8462-4']}",
        f"{words['weight']}: {weight} kg ({pounds})",
    ]


def _found(illnesses: Sequence[str], language: Language) -> list[str]:
    if not illnesses:
        return [WORDS[language]["healthy"]]
    return [ADVICE[each][language == "es"] for each in illnesses]


def _medicines(medicines: Sequence[Medication], language: Language) -> list[str]:
    if not medicines:
        return [WORDS[language]["none"]]
    return [f"- {each.name}: {each.instructions}" for each in medicines]


def _words_of(illness: str, language: Language) -> str:
    found = ILLNESSES[illness]
    return found.words_es if language == "es" else found.words_en
