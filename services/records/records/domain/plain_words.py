"""Plain names and explanations of common laboratory tests, English and Spanish, by LOINC code.

Written at about grade 6. They say what is measured, never what a value means for this person:
that is the clinician's word. No entry, no explanation (the page then shows the lab's own name).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from portico_contracts.records import Language


class Test(NamedTuple):
    en: str
    es: str
    about_en: str
    about_es: str


_CHOLESTEROL = Test(
    "Total cholesterol",
    "Colesterol total",
    "Cholesterol is a fat in your blood. Too much of it can clog blood vessels over the years.",
    "El colesterol es una grasa en la sangre. Con los años, demasiado puede tapar los vasos.",
)
_LDL = Test(
    "“Bad” cholesterol (LDL)",
    "Colesterol “malo” (LDL)",
    "LDL carries cholesterol to your blood vessels. Lower is usually better for the heart.",
    "El LDL lleva colesterol a los vasos. Para el corazón suele ser mejor un valor más bajo.",
)
_GLUCOSE = Test(
    "Blood sugar (glucose)",
    "Azúcar en la sangre (glucosa)",
    "Glucose is the sugar that feeds your body. Food, stress and some medicines change it.",
    "La glucosa es el azúcar que alimenta el cuerpo. La comida, el estrés y algunas medicinas "
    "la cambian.",
)
_CREATININE = Test(
    "Creatinine (kidneys)",
    "Creatinina (riñones)",
    "Muscles make creatinine and kidneys clear it. It shows how well the kidneys filter.",
    "Los músculos producen creatinina y los riñones la eliminan. Muestra cómo filtran.",
)
_UREA = Test(
    "Urea nitrogen (kidneys)",
    "Nitrógeno ureico (riñones)",
    "A waste product that the kidneys clear. Drinking too little can raise it.",
    "Un desecho que eliminan los riñones. Tomar poca agua puede subirlo.",
)
_SODIUM = Test(
    "Sodium",
    "Sodio",
    "A salt that keeps the water in your body in balance.",
    "Una sal que mantiene en equilibrio el agua del cuerpo.",
)
_POTASSIUM = Test(
    "Potassium",
    "Potasio",
    "A salt that nerves, muscles and the heart need to work.",
    "Una sal que necesitan los nervios, los músculos y el corazón.",
)
_CHLORIDE = Test(
    "Chloride",
    "Cloruro",
    "A salt that works with sodium to balance the body's water and acid.",
    "Una sal que, con el sodio, equilibra el agua y la acidez del cuerpo.",
)
_CARBON_DIOXIDE = Test(
    "Carbon dioxide (bicarbonate)",
    "Dióxido de carbono (bicarbonato)",
    "Shows the balance of acid in your blood. Lungs and kidneys keep it steady.",
    "Muestra el equilibrio de acidez en la sangre. Los pulmones y riñones lo mantienen.",
)
_CALCIUM = Test(
    "Calcium",
    "Calcio",
    "A mineral for bones, nerves and muscles.",
    "Un mineral para los huesos, los nervios y los músculos.",
)

TESTS: dict[str, Test] = {
    "2093-3": _CHOLESTEROL, "18262-6": _LDL, "13457-7": _LDL, "2089-1": _LDL,
    "2339-0": _GLUCOSE, "2345-7": _GLUCOSE, "1558-6": _GLUCOSE,
    "38483-4": _CREATININE, "2160-0": _CREATININE,
    "6299-2": _UREA, "3094-0": _UREA,
    "2947-0": _SODIUM, "2951-2": _SODIUM, "6298-4": _POTASSIUM, "2823-3": _POTASSIUM,
    "2069-3": _CHLORIDE, "2075-0": _CHLORIDE,
    "20565-8": _CARBON_DIOXIDE, "2028-9": _CARBON_DIOXIDE,
    "49765-1": _CALCIUM, "17861-6": _CALCIUM,
    "2571-8": Test(
        "Triglycerides", "Triglicéridos",
        "A fat that the body stores from food and drink, above all sugar and alcohol.",
        "Una grasa que el cuerpo guarda de la comida y bebida, sobre todo azúcar y alcohol.",
    ),
    "2085-9": Test(
        "“Good” cholesterol (HDL)", "Colesterol “bueno” (HDL)",
        "HDL carries cholesterol away from blood vessels. Higher is usually better.",
        "El HDL saca el colesterol de los vasos. Suele ser mejor un valor más alto.",
    ),
    "4548-4": Test(
        "Average blood sugar (A1c)", "Promedio de azúcar (A1c)",
        "Shows your average blood sugar over the last two to three months.",
        "Muestra el promedio de azúcar en la sangre de los últimos dos o tres meses.",
    ),
    "33914-3": Test(
        "Kidney filtering (eGFR)", "Filtración de los riñones (eGFR)",
        "An estimate of how much blood your kidneys clean each minute.",
        "Un cálculo de cuánta sangre limpian los riñones por minuto.",
    ),
    "718-7": Test(
        "Hemoglobin", "Hemoglobina",
        "The part of red blood cells that carries oxygen. A low value is called anemia.",
        "La parte de los glóbulos rojos que lleva oxígeno. Un valor bajo se llama anemia.",
    ),
    "4544-3": Test(
        "Hematocrit", "Hematocrito",
        "The share of your blood that is red blood cells.",
        "La parte de la sangre formada por glóbulos rojos.",
    ),
    "6690-2": Test(
        "White blood cells", "Glóbulos blancos",
        "Cells that fight infection. They rise with many illnesses and with stress.",
        "Células que combaten infecciones. Suben con muchas enfermedades y con el estrés.",
    ),
    "789-8": Test(
        "Red blood cells", "Glóbulos rojos",
        "Cells that carry oxygen through your body.",
        "Células que llevan oxígeno por el cuerpo.",
    ),
    "777-3": Test(
        "Platelets", "Plaquetas",
        "Tiny parts of blood that stop bleeding.",
        "Partes muy pequeñas de la sangre que detienen el sangrado.",
    ),
    "787-2": Test(
        "Size of red blood cells (MCV)", "Tamaño de los glóbulos rojos (VCM)",
        "The average size of your red blood cells. It helps to find the cause of anemia.",
        "El tamaño medio de los glóbulos rojos. Ayuda a hallar la causa de una anemia.",
    ),
    "3016-3": Test(
        "Thyroid signal (TSH)", "Señal de la tiroides (TSH)",
        "A signal from the brain that tells the thyroid how hard to work.",
        "Una señal del cerebro que le dice a la tiroides cuánto trabajar.",
    ),
    "2857-1": Test(
        "Prostate test (PSA)", "Prueba de próstata (PSA)",
        "A protein from the prostate. It can rise for many reasons, most of them not cancer.",
        "Una proteína de la próstata. Puede subir por muchas causas, la mayoría no es cáncer.",
    ),
    "14959-1": Test(
        "Protein in urine", "Proteína en la orina",
        "Shows whether the kidneys let protein pass that should stay in the blood.",
        "Muestra si los riñones dejan pasar proteína que debe quedarse en la sangre.",
    ),
    "1742-6": Test(
        "Liver enzyme (ALT)", "Enzima del hígado (ALT)",
        "A protein from liver cells. It rises when the liver is irritated.",
        "Una proteína del hígado. Sube cuando el hígado está irritado.",
    ),
    "1920-8": Test(
        "Liver enzyme (AST)", "Enzima del hígado (AST)",
        "A protein from the liver and muscles. It rises when they are irritated.",
        "Una proteína del hígado y los músculos. Sube cuando están irritados.",
    ),
    "1975-2": Test(
        "Bilirubin", "Bilirrubina",
        "A yellow waste of old blood cells that the liver clears.",
        "Un desecho amarillo de glóbulos viejos que elimina el hígado.",
    ),
    "1751-7": Test(
        "Albumin", "Albúmina",
        "The main protein in blood. The liver makes it.",
        "La proteína principal de la sangre. La produce el hígado.",
    ),
}  # fmt: skip

_LAB_ENDING = re.compile(r"\s*(?:\[[^\]]*\]\s*(?:in|of)\s+.*|\bby Automated count)$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def plain_name(*, code: str | None, name: str, language: Language) -> str:
    """The test in plain words; the laboratory's name without its technical ending otherwise."""
    test = TESTS.get(code or "")
    if test is not None:
        return test.es if language == "es" else test.en
    return _LAB_ENDING.sub("", name).strip() or name


def about(*, code: str | None, language: Language) -> str | None:
    """What the test measures, in a sentence or two; None where we have no words for it."""
    test = TESTS.get(code or "")
    return test and (test.about_es if language == "es" else test.about_en)


def codes_named(words: str) -> list[str]:
    """Codes whose plain name holds these words, so that a search finds them."""
    wanted = words.casefold()
    return [c for c, t in TESTS.items() if wanted in t.en.casefold() or wanted in t.es.casefold()]
