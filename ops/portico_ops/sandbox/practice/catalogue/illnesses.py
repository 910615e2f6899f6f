"""Illnesses: their codes, what is prescribed, what is tested, and what they do to the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portico_ops.sandbox.practice.record import ICD10, SNOMED, Code


@dataclass(frozen=True, kw_only=True)
class Illness:
    """`levels` are a test's value at onset and now; chronic ones never resolve."""

    snomed: Code
    icd10: Code
    course: Literal["chronic", "acute", "stay"]
    words_en: str
    words_es: str
    medicines: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    levels: tuple[tuple[str, float, float], ...] = ()
    plan: tuple[str, tuple[str, ...]] | None = None


def _illness(
    snomed: tuple[str, str], icd10: tuple[str, str],
    course: Literal["chronic", "acute", "stay"], words: tuple[str, str], *,
    medicines: tuple[str, ...] = (), panels: tuple[str, ...] = (),
    levels: tuple[tuple[str, float, float], ...] = (),
    plan: tuple[str, tuple[str, ...]] | None = None,
) -> Illness:  # fmt: skip
    return Illness(
        snomed=Code(system=SNOMED, code=snomed[0], display=snomed[1]),
        icd10=Code(system=ICD10, code=icd10[0], display=icd10[1]),
        course=course, words_en=words[0], words_es=words[1], medicines=medicines,
        panels=panels, levels=levels, plan=plan,
    )  # fmt: skip


ILLNESSES = {
    "hypertension": _illness(
        ("38341003", "Hypertensive disorder, systemic arterial (disorder)"),
        ("I10", "Essential (primary) hypertension"), "chronic",
        ("high blood pressure", "presión arterial alta"),
        medicines=("lisinopril",), panels=("cmp",),
        levels=(("systolic", 154, 131), ("diastolic", 94, 81)),
        plan=("hypertension", ("low_salt", "exercise", "home_pressure"))),
    "prediabetes": _illness(
        ("714628002", "Prediabetes (finding)"), ("R73.03", "Prediabetes"), "chronic",
        ("blood sugar a little above usual (prediabetes)",
         "azúcar en la sangre un poco alta (prediabetes)"),
        panels=("a1c", "cmp"), levels=(("a1c", 6.2, 6.0), ("glucose", 112, 108)),
        plan=("diabetes", ("healthy_diet", "exercise"))),
    "type_2_diabetes": _illness(
        ("44054006", "Diabetes mellitus type 2 (disorder)"),
        ("E11.9", "Type 2 diabetes mellitus without complications"), "chronic",
        ("type 2 diabetes", "diabetes tipo 2"),
        medicines=("metformin",), panels=("a1c", "cmp", "urine_albumin"),
        levels=(("a1c", 8.9, 7.2), ("glucose", 212, 146), ("urine_albumin", 34, 22)),
        plan=("diabetes", ("diabetic_diet", "exercise", "diet_education"))),
    "hyperlipidemia": _illness(
        ("55822004", "Hyperlipidemia (disorder)"), ("E78.5", "Hyperlipidemia, unspecified"),
        "chronic", ("high cholesterol", "colesterol alto"),
        medicines=("atorvastatin",), panels=("lipids",),
        levels=(("cholesterol", 256, 188), ("triglycerides", 178, 142), ("hdl", 46, 51)),
        plan=("lipids", ("healthy_diet", "exercise"))),
    "hypothyroidism": _illness(
        ("40930008", "Hypothyroidism (disorder)"), ("E03.9", "Hypothyroidism, unspecified"),
        "chronic", ("a slow thyroid", "tiroides lenta"),
        medicines=("levothyroxine",), panels=("tsh",), levels=(("tsh", 9.4, 2.6),)),
    "heart_failure": _illness(
        ("88805009", "Chronic congestive heart failure (disorder)"),
        ("I50.9", "Heart failure, unspecified"), "chronic",
        ("a weak heart (heart failure)", "corazón débil (insuficiencia cardíaca)"),
        medicines=("furosemide", "metoprolol"), panels=("cmp", "bnp", "cbc"),
        levels=(("bnp", 3100, 900), ("bun", 24, 26), ("creatinine", 1.1, 1.2)),
        plan=("heart_failure", ("low_salt", "daily_weight"))),
    "atrial_fibrillation": _illness(
        ("49436004", "Atrial fibrillation (disorder)"),
        ("I48.91", "Unspecified atrial fibrillation"), "chronic",
        ("an uneven heartbeat (atrial fibrillation)",
         "latido irregular (fibrilación auricular)"),
        medicines=("apixaban", "metoprolol"), panels=("cbc", "cmp"),
        levels=(("heart_rate", 104, 78),)),
    "kidney_disease": _illness(
        ("433144002", "Chronic kidney disease stage 3 (disorder)"),
        ("N18.30", "Chronic kidney disease, stage 3 unspecified"), "chronic",
        ("kidneys that work less well (kidney disease, stage 3)",
         "riñones que funcionan menos (enfermedad renal, etapa 3)"),
        medicines=("losartan",), panels=("cmp", "urine_albumin", "cbc"),
        levels=(("creatinine", 1.32, 1.46), ("bun", 26, 30), ("hgb", 12.6, 11.9),
                ("urine_albumin", 95, 120), ("potassium", 4.6, 4.9))),
    "osteoarthritis": _illness(
        ("239873007", "Osteoarthritis of knee (disorder)"),
        ("M17.9", "Osteoarthritis of knee, unspecified"), "chronic",
        ("worn knee joints (arthritis)", "desgaste de las rodillas (artrosis)"),
        medicines=("acetaminophen",), plan=("arthritis", ("stretching", "exercise"))),
    "depression": _illness(
        ("370143000", "Major depressive disorder (disorder)"),
        ("F32.9", "Major depressive disorder, single episode, unspecified"), "chronic",
        ("depression", "depresión"), medicines=("sertraline",), panels=("tsh", "cbc")),
    "anxiety": _illness(
        ("197480006", "Anxiety disorder (disorder)"), ("F41.9", "Anxiety disorder, unspecified"),
        "chronic", ("anxiety", "ansiedad"), medicines=("escitalopram",)),
    "asthma": _illness(
        ("195967001", "Asthma (disorder)"), ("J45.909", "Unspecified asthma, uncomplicated"),
        "chronic", ("asthma", "asma"), medicines=("albuterol", "fluticasone"),
        plan=("asthma", ("inhaler_use", "avoid_smoke"))),
    "rhinitis": _illness(
        ("367498001", "Seasonal allergic rhinitis (disorder)"),
        ("J30.2", "Other seasonal allergic rhinitis"), "chronic",
        ("hay fever", "alergia de temporada"), medicines=("cetirizine",)),
    "reflux": _illness(
        ("235595009", "Gastroesophageal reflux disease (disorder)"),
        ("K21.9", "Gastro-esophageal reflux disease without esophagitis"), "chronic",
        ("heartburn (acid reflux)", "acidez (reflujo)"), medicines=("omeprazole",)),
    "eczema": _illness(
        ("24079001", "Atopic dermatitis (disorder)"), ("L20.9", "Atopic dermatitis, unspecified"),
        "chronic", ("dry, itchy skin (eczema)", "piel seca con picazón (eczema)"),
        medicines=("hydrocortisone",)),
    "iron_deficiency": _illness(
        ("87522002", "Iron deficiency anemia (disorder)"),
        ("D50.9", "Iron deficiency anemia, unspecified"), "chronic",
        ("low iron (anemia)", "falta de hierro (anemia)"), medicines=("iron",),
        panels=("cbc", "ferritin"),
        levels=(("hgb", 9.8, 12.4), ("mcv", 74, 84), ("ferritin", 7, 28))),
    "vitamin_d_deficiency": _illness(
        ("34713006", "Vitamin D deficiency (disorder)"),
        ("E55.9", "Vitamin D deficiency, unspecified"), "chronic",
        ("low vitamin D", "falta de vitamina D"), medicines=("vitamin_d",),
        panels=("vitamin_d",), levels=(("vitamin_d", 16, 34),)),
    "strep_throat": _illness(
        ("43878008", "Streptococcal sore throat (disorder)"),
        ("J02.0", "Streptococcal pharyngitis"),
        "acute", ("strep throat", "faringitis por estreptococo"), medicines=("amoxicillin_liquid",),
        panels=("strep",)),
    "otitis": _illness(
        ("65363002", "Otitis media (disorder)"), ("H66.90", "Otitis media, unspecified"),
        "acute", ("an ear infection", "infección de oído"), medicines=("amoxicillin_liquid",)),
    "sinusitis": _illness(
        ("444814009", "Viral sinusitis (disorder)"), ("J01.90", "Acute sinusitis, unspecified"),
        "acute", ("a sinus infection", "sinusitis"), medicines=("ibuprofen",)),
    "sprained_ankle": _illness(
        ("44465007", "Sprain of ankle (disorder)"),
        ("S93.409A", "Sprain of unspecified ligament of unspecified ankle, initial encounter"),
        "acute", ("a sprained ankle", "esguince de tobillo"), medicines=("ibuprofen",)),
    "urinary_infection": _illness(
        ("68566005", "Urinary tract infectious disease (disorder)"),
        ("N39.0", "Urinary tract infection, site not specified"), "acute",
        ("a bladder infection", "infección de orina"), medicines=("cephalexin",),
        panels=("urinalysis",)),
    "cold": _illness(
        ("195662009", "Acute viral pharyngitis (disorder)"),
        ("J06.9", "Acute upper respiratory infection, unspecified"), "acute",
        ("a cold", "resfriado"), medicines=()),
    "rash": _illness(
        ("40275004", "Contact dermatitis (disorder)"),
        ("L25.9", "Unspecified contact dermatitis, unspecified cause"), "acute",
        ("a skin rash", "sarpullido"), medicines=("triamcinolone",)),
    "pneumonia": _illness(
        ("233604007", "Pneumonia (disorder)"), ("J18.9", "Pneumonia, unspecified organism"),
        "stay", ("pneumonia", "neumonía"), medicines=("azithromycin",), panels=("cbc", "cmp")),
}  # fmt: skip

# An acute illness that any grown patient may come with, by chance; children have colds.
COMMON = ("cold", "sinusitis", "rash")
