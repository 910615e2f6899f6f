"""Medicines: RxNorm code, name, and how they are taken, in English and Spanish."""

from __future__ import annotations

from dataclasses import dataclass

from portico_ops.sandbox.practice.record import RXNORM, Code, Language


@dataclass(frozen=True, kw_only=True)
class Medicine:
    """`days` is how long `quantity` lasts; no `times_a_day` means as needed."""

    code: Code | None
    name: str
    en: str
    es: str
    unit: str
    quantity: int
    days: int
    repeats: int
    times_a_day: int | None

    def instructions(self, language: Language) -> str:
        """What stands on the label."""
        return self.es if language == "es" else self.en


def _medicine(
    code: str | None, name: str, en: str, es: str, unit: str, quantity: int, days: int,
    repeats: int, times_a_day: int | None,
) -> Medicine:  # fmt: skip
    coded = Code(system=RXNORM, code=code, display=name) if code else None
    return Medicine(code=coded, name=name, en=en, es=es, unit=unit, quantity=quantity, days=days,
                    repeats=repeats, times_a_day=times_a_day)  # fmt: skip


DAILY = ("Take 1 tablet by mouth once a day.", "Tome 1 tableta por la boca una vez al día.")
TWICE = ("Take 1 tablet by mouth 2 times a day with food.",
         "Tome 1 tableta por la boca 2 veces al día con comida.")  # fmt: skip
BEDTIME = ("Take 1 tablet by mouth at bedtime.", "Tome 1 tableta por la boca al acostarse.")
PAIN = ("Take 1 tablet by mouth every 6 hours if you need it for pain.",
        "Tome 1 tableta por la boca cada 6 horas si la necesita para el dolor.")  # fmt: skip
SKIN = ("Put a thin layer on the skin 2 times a day.",
        "Ponga una capa fina en la piel 2 veces al día.")  # fmt: skip

MEDICINES = {
    "lisinopril": _medicine("314076", "lisinopril 10 MG Oral Tablet", *DAILY, "tablet",
                            90, 90, 3, 1),
    "amlodipine": _medicine("197361", "amlodipine 5 MG Oral Tablet", *DAILY, "tablet",
                            90, 90, 3, 1),
    "losartan": _medicine("979492", "losartan potassium 50 MG Oral Tablet", *DAILY, "tablet",
                          90, 90, 3, 1),
    "metformin": _medicine("861007", "metformin hydrochloride 500 MG Oral Tablet", *TWICE,
                           "tablet", 180, 90, 3, 2),
    "atorvastatin": _medicine("617310", "atorvastatin 20 MG Oral Tablet", *BEDTIME, "tablet",
                              90, 90, 3, 1),
    "levothyroxine": _medicine(
        "966222", "levothyroxine sodium 0.075 MG Oral Tablet",
        "Take 1 tablet by mouth each morning, 30 minutes before you eat.",
        "Tome 1 tableta por la boca cada mañana, 30 minutos antes de comer.",
        "tablet", 90, 90, 3, 1),
    "furosemide": _medicine("313988", "furosemide 40 MG Oral Tablet", *DAILY, "tablet",
                            30, 30, 5, 1),
    "metoprolol": _medicine(
        "866436", "24 HR metoprolol succinate 50 MG Extended Release Oral Tablet", *DAILY,
        "tablet", 90, 90, 3, 1),
    "apixaban": _medicine("1364445", "apixaban 5 MG Oral Tablet",
                          "Take 1 tablet by mouth 2 times a day.",
                          "Tome 1 tableta por la boca 2 veces al día.", "tablet", 60, 30, 5, 2),
    "acetaminophen": _medicine("313782", "acetaminophen 325 MG Oral Tablet", *PAIN, "tablet",
                               100, 30, 2, None),
    "sertraline": _medicine("312941", "sertraline 50 MG Oral Tablet", *DAILY, "tablet",
                            30, 30, 5, 1),
    "escitalopram": _medicine("349332", "escitalopram 10 MG Oral Tablet", *DAILY, "tablet",
                              30, 30, 5, 1),
    "albuterol": _medicine(
        "745679", "200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
        "Breathe in 2 puffs every 4 hours if you need it to breathe.",
        "Inhale 2 veces cada 4 horas si lo necesita para respirar.", "inhaler", 1, 60, 3, None),
    "fluticasone": _medicine(
        "895994", "120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler",
        "Breathe in 1 puff 2 times a day. Rinse your mouth after.",
        "Inhale 1 vez, 2 veces al día. Enjuáguese la boca después.", "inhaler", 1, 60, 3, 2),
    "cetirizine": _medicine("1014678", "cetirizine hydrochloride 10 MG Oral Tablet", *DAILY,
                            "tablet", 30, 30, 5, 1),
    "omeprazole": _medicine(
        "198051", "omeprazole 20 MG Delayed Release Oral Capsule",
        "Take 1 capsule by mouth each morning before you eat.",
        "Tome 1 cápsula por la boca cada mañana antes de comer.", "capsule", 30, 30, 5, 1),
    "iron": _medicine("310325", "ferrous sulfate 325 MG Oral Tablet", *DAILY, "tablet",
                      90, 90, 1, 1),
    "azithromycin": _medicine(
        "308460", "azithromycin 250 MG Oral Tablet",
        "Take 2 tablets on day 1, then 1 tablet a day for 4 days.",
        "Tome 2 tabletas el primer día y después 1 tableta al día por 4 días.",
        "tablet", 6, 5, 0, 1),
    "cephalexin": _medicine(
        "309114", "cephalexin 500 MG Oral Capsule",
        "Take 1 capsule by mouth 2 times a day for 7 days.",
        "Tome 1 cápsula por la boca 2 veces al día por 7 días.", "capsule", 14, 7, 0, 2),
    "ibuprofen": _medicine("310965", "ibuprofen 200 MG Oral Tablet", *PAIN, "tablet",
                           40, 10, 0, None),
    # The practice has no code for these four: real records hold such text-only entries.
    "amoxicillin_liquid": _medicine(
        None, "amoxicillin 400 mg in 5 mL, liquid",
        "Give 5 mL by mouth 2 times a day for 10 days. Finish all of it.",
        "Dé 5 mL por la boca 2 veces al día por 10 días. Termine todo.", "mL", 100, 10, 0, 2),
    "triamcinolone": _medicine(None, "triamcinolone 0.1% cream", *SKIN, "tube", 1, 30, 0, 2),
    "hydrocortisone": _medicine(None, "hydrocortisone 1% cream", *SKIN, "tube", 1, 30, 2, 2),
    "vitamin_d": _medicine(None, "vitamin D3 1,000 units", *DAILY, "tablet", 90, 90, 3, 1),
}  # fmt: skip
