"""Finding a page by words: every page of the menu with the words that people use for it."""

from __future__ import annotations

import unicodedata

from gateway.i18n import N_, translate

# address, title, what it is for, other words that people type (both languages)
PLACES: list[tuple[str, str, str, str]] = [
    ("/me/", N_("Home"), N_("Your next visit, things to do, and new messages."), "start inicio"),
    ("/me/messages", N_("Messages"), N_("Ask your care team, the front desk, or billing."),
     "chat ask question nurse doctor email mensaje pregunta enfermera"),
    ("/me/messages/new", N_("Write a message"), N_("Ask your care team a question."),
     "contact ask nurse doctor escribir contactar"),
    ("/me/visits", N_("Visits"), N_("Book, see, or cancel a visit."),
     "appointment cancel reschedule cita cancelar"),
    ("/me/visits/book/reason", N_("Book a visit"), N_("Pick a reason, a person, and a time."),
     "appointment schedule new cita reservar"),
    ("/me/visits/past", N_("Past visits"), N_("Visits that you had."), "history citas pasadas"),
    ("/me/medicines", N_("Medicines"), N_("What you take, and refills."),
     "drugs pills prescription medication dose medicinas pastillas receta"),
    ("/me/medicines/refill", N_("Refill a medicine"), N_("Ask for more of a medicine."),
     "renew prescription pharmacy reposicion receta farmacia"),
    ("/me/health/results", N_("Test results"), N_("See your numbers and what they mean."),
     "lab blood test urine a1c cholesterol laboratorio sangre analisis"),
    ("/me/health/vaccines", N_("Vaccines"), N_("Shots that you had."),
     "immunization shot flu covid vacuna"),
    ("/me/health/conditions", N_("Conditions"), N_("Health problems in your record."),
     "diagnosis problem disease enfermedad diagnostico"),
    ("/me/health/allergies", N_("Allergies"), N_("What you react to."),
     "allergy reaction alergia"),
    ("/me/health/notes", N_("Visit notes"), N_("What was said and done at your visits."),
     "summary discharge hospital resumen alta"),
    ("/me/health/documents", N_("Documents"), N_("Papers and files in your record."),
     "file pdf letter documento carta"),
    ("/me/health/procedures", N_("Procedures"), N_("Surgery and other procedures."),
     "surgery operation cirugia operacion"),
    ("/me/health/care-plan", N_("Care plan"), N_("What you and your care team plan to do."),
     "goal plan meta"),
    ("/me/bills", N_("Bills"), N_("See and pay your bills."),
     "pay payment money cost statement insurance pagar factura cuenta"),
    ("/account", N_("Settings"), N_("Language, devices, and how we reach you."),
     "profile password phone email idioma contrasena ajustes"),
    ("/account/sign-in", N_("Signing in"), N_("A second step that keeps your account safe."),
     "password code app two factor authenticator recovery clave codigo segundo paso"),
    ("/account/activity", N_("Who looked at my record"), N_("See each time someone opened it."),
     "privacy access log privacidad acceso"),
    ("/account/devices", N_("Where you are signed in"), N_("Sign other devices out."),
     "session phone lost dispositivo telefono"),
    ("/help", N_("Help"), N_("Phone numbers and answers."), "call phone ayuda llamar"),
    ("/privacy", N_("Privacy"), N_("How we keep your record private."), "data privacidad datos"),
]  # fmt: skip


def find(q: str, *, language: str) -> list[dict[str, str]]:
    """The pages that all the words fit, best first; nothing for no words."""
    wanted = _folded(q).split()
    if not wanted:
        return []
    scored = [(_score(wanted, place, language), n, place) for n, place in enumerate(PLACES)]
    best = sorted((-score, n, place) for score, n, place in scored if score)
    return [
        {
            "href": href,
            "title": translate(language, title),
            "text": translate(language, text),
        }
        for _, _, (href, title, text, _) in best
    ]


def _score(wanted: list[str], place: tuple[str, str, str, str], language: str) -> int:
    _, title, text, others = place
    named = _folded(f"{title} {translate(language, title)}").split()
    around = _folded(f"{text} {translate(language, text)} {others}").split()
    scores = [_fit(word, named) * 3 + _fit(word, around) for word in wanted]
    return sum(scores) if all(scores) else 0


def _fit(word: str, among: list[str]) -> int:
    stem = word[:-1] if len(word) > 4 and word.endswith("s") else word
    return int(any(known.startswith(stem) for known in among))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in plain if c.isalnum() or c.isspace())
