"""What is said in the sandbox's conversations. `{name}` is the patient's given name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portico_ops.sandbox.practice.model import Topic
from portico_ops.sandbox.practice.record import Language


@dataclass(frozen=True, kw_only=True)
class Script:
    """One conversation: who says what (`patient`, or a staff member's key), and how it stands.

    `about` names illnesses of which the writer must have one.
    """

    name: str
    topic: Topic
    language: Language
    subject: str
    days_ago: int
    state: Literal["new", "taken", "waiting", "done"]
    lines: tuple[tuple[str, str], ...]
    taken_by: str | None = None
    read: bool = True
    about: tuple[str, ...] = ()


MARIAS = (
    Script(
        name="bill", topic="bill", language="en", subject="Question about my bill", days_ago=25,
        state="done", taken_by="tom",
        lines=(
            ("patient", "Hi, I got a bill for $24.00. I thought my plan pays for this visit?"),
            ("tom", "Hello {name}. Your plan paid most of it. The $24.00 is your share for a "
                    "follow-up visit. I can set up two payments if that helps."),
            ("patient", "Thank you. I will pay it here."),
        )),
    Script(
        name="work-note", topic="form", language="en", subject="Your work note", days_ago=3,
        state="done", taken_by="tom", read=False,
        lines=(
            ("patient", "Could I have a note for work? I missed Thursday morning for the blood "
                        "test."),
            ("tom", "Your work note is ready to download. Have a good weekend."),
        )),
    Script(
        name="rash", topic="symptom", language="en", subject="Rash on my arm", days_ago=0,
        state="taken", taken_by="dana", read=False,
        lines=(
            ("patient", "Hi, I started the new cream a few days ago. Now I have a red, itchy "
                        "rash on my left arm. It is not painful. Should I stop using it?"),
            ("dana", "Thank you for writing. It sounds like a mild reaction to the cream. Please "
                     "stop using it and wash the area with cool water. Do you have any of these: "
                     "fever, blisters, or a rash that is spreading?"),
            ("patient", "No fever and no blisters. It is about the same size as this morning."),
        )),
)  # fmt: skip

SCRIPTS = (
    Script(
        name="cough", topic="symptom", language="en", subject="Cough that will not go away",
        days_ago=0, state="new",
        lines=(("patient", "I have had a dry cough for two weeks. No fever. Should I come in?"),)),
    Script(
        name="mareo", topic="symptom", language="es", subject="Mareos por la mañana", days_ago=0,
        state="new", about=("hypertension", "kidney_disease"),
        lines=(("patient", "Buenos días. Desde el lunes me mareo cuando me levanto. Tomo mi "
                           "pastilla de la presión en ayunas. ¿Está bien así?"),)),
    Script(
        name="side-effect", topic="medicine", language="en", subject="Upset stomach from my pill",
        days_ago=1, state="waiting", taken_by="dana",
        lines=(
            ("patient", "The new pill upsets my stomach. Can I take it at night instead?"),
            ("dana", "Yes, you can take it with dinner. Do you also have loose stools or "
                     "vomiting?"),
        )),
    Script(
        name="resultado", topic="result", language="es", subject="Mi resultado de azúcar",
        about=("type_2_diabetes", "prediabetes"), days_ago=6, state="done", taken_by="amara",
        lines=(
            ("patient", "Vi mi resultado nuevo. ¿Está bien ese número?"),
            ("amara", "Hola {name}. Va mejor que la última vez. Siga caminando después de comer "
                      "y lo vemos en su próxima visita."),
            ("patient", "Muchas gracias, doctora."),
        )),
    Script(
        name="school-form", topic="form", language="en", subject="Form for my gym", days_ago=0,
        state="new",
        lines=(("patient", "My gym needs a form that says I can exercise. Can you sign it?"),)),
    Script(
        name="move-visit", topic="visit", language="en", subject="Can I come earlier?",
        days_ago=9, state="done", taken_by="tom",
        lines=(
            ("patient", "My visit is in the afternoon. Do you have anything before 10?"),
            ("tom", "We have 8:30 on the same day. Shall I move you?"),
            ("patient", "Yes please."),
            ("tom", "Done. See you at 8:30."),
        )),
    Script(
        name="cuenta", topic="bill", language="es", subject="No entiendo mi cuenta", days_ago=0,
        state="new",
        lines=(("patient", "Me llegó una cuenta por un análisis. Yo pensé que mi seguro "
                           "lo pagaba. ¿Me pueden ayudar?"),)),
    Script(
        name="blood-pressure", topic="symptom", language="en", subject="My numbers at home",
        about=("hypertension",), days_ago=14, state="done", taken_by="dana",
        lines=(
            ("patient", "My blood pressure at home this week: 138/84, 134/82, 141/86, 132/80."),
            ("dana", "Thank you {name}, that helps. These are a little above our goal. Dr. Okafor "
                     "would like to keep the dose and look again in two weeks."),
            ("patient", "OK, I will send them again."),
        )),
    Script(
        name="vacuna", topic="visit", language="es", subject="Vacuna contra la gripe",
        days_ago=38, state="done", taken_by="tom",
        lines=(
            ("patient", "¿Ya tienen la vacuna contra la gripe? ¿Puedo ir sin cita?"),
            ("tom", "Sí, ya la tenemos. Venga los martes y jueves de 9 a 12, sin cita."),
        )),
    Script(
        name="sleep", topic="symptom", language="en", subject="I cannot sleep", days_ago=2,
        state="taken", taken_by="dana",
        lines=(
            ("patient", "I wake up at 3 every night and cannot fall asleep again. It has been a "
                        "month."),
            ("dana", "I am sorry to hear that, {name}. Do you drink coffee or tea after noon? "
                     "And do you feel down or worried?"),
            ("patient", "Two coffees in the afternoon. I worry about work a lot."),
        )),
    Script(
        name="records", topic="other", language="en", subject="Records for my new dentist",
        days_ago=55, state="done", taken_by="tom",
        lines=(
            ("patient", "My dentist wants a list of my medicines."),
            ("tom", "You can download it under Health, Medicines, and share it with them."),
        )),
    Script(
        name="tos", topic="symptom", language="es", subject="Mi tos ya pasó", days_ago=70,
        state="done", taken_by="dana",
        lines=(
            ("patient", "Quería avisar que ya no tengo tos."),
            ("dana", "¡Qué bueno, {name}! Gracias por avisarnos."),
        )),
)  # fmt: skip
