"""Plain names of common laboratory tests, English and Spanish, by LOINC code.

Lists and search read by them. What a test measures and what a value means is told in one place
only: the gateway's catalogue of explained tests. No entry: the laboratory's own name stays.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from portico_contracts.records import Language


class Test(NamedTuple):
    en: str
    es: str


_CHOLESTEROL = Test("Total cholesterol", "Colesterol total")
_LDL = Test("“Bad” cholesterol (LDL)", "Colesterol “malo” (LDL)")
_GLUCOSE = Test("Blood sugar (glucose)", "Azúcar en la sangre (glucosa)")
_CREATININE = Test("Creatinine (kidneys)", "Creatinina (riñones)")
_UREA = Test("Urea nitrogen (kidneys)", "Nitrógeno ureico (riñones)")
_SODIUM = Test("Sodium", "Sodio")
_POTASSIUM = Test("Potassium", "Potasio")
_CHLORIDE = Test("Chloride", "Cloruro")
_CARBON_DIOXIDE = Test("Carbon dioxide (bicarbonate)", "Dióxido de carbono (bicarbonato)")
_CALCIUM = Test("Calcium", "Calcio")

TESTS: dict[str, Test] = {
    "2093-3": _CHOLESTEROL, "18262-6": _LDL, "13457-7": _LDL, "2089-1": _LDL,
    "2339-0": _GLUCOSE, "2345-7": _GLUCOSE, "1558-6": _GLUCOSE,
    "38483-4": _CREATININE, "2160-0": _CREATININE,
    "6299-2": _UREA, "3094-0": _UREA,
    "2947-0": _SODIUM, "2951-2": _SODIUM, "6298-4": _POTASSIUM, "2823-3": _POTASSIUM,
    "2069-3": _CHLORIDE, "2075-0": _CHLORIDE,
    "20565-8": _CARBON_DIOXIDE, "2028-9": _CARBON_DIOXIDE,
    "49765-1": _CALCIUM, "17861-6": _CALCIUM,
    "2571-8": Test("Triglycerides", "Triglicéridos"),
    "2085-9": Test("“Good” cholesterol (HDL)", "Colesterol “bueno” (HDL)"),
    "4548-4": Test("Average blood sugar (A1c)", "Promedio de azúcar (A1c)"),
    "33914-3": Test("Kidney filtering (eGFR)", "Filtración de los riñones (eGFR)"),
    "718-7": Test("Hemoglobin", "Hemoglobina"),
    "4544-3": Test("Hematocrit", "Hematocrito"),
    "6690-2": Test("White blood cells", "Glóbulos blancos"),
    "789-8": Test("Red blood cells", "Glóbulos rojos"),
    "777-3": Test("Platelets", "Plaquetas"),
    "787-2": Test("Size of red blood cells (MCV)", "Tamaño de los glóbulos rojos (VCM)"),
    "3016-3": Test("Thyroid signal (TSH)", "Señal de la tiroides (TSH)"),
    "2857-1": Test("Prostate test (PSA)", "Prueba de próstata (PSA)"),
    "14959-1": Test("Protein in urine", "Proteína en la orina"),
    "1742-6": Test("Liver enzyme (ALT)", "Enzima del hígado (ALT)"),
    "1920-8": Test("Liver enzyme (AST)", "Enzima del hígado (AST)"),
    "1975-2": Test("Bilirubin", "Bilirrubina"),
    "1751-7": Test("Albumin", "Albúmina"),
}  # fmt: skip

_LAB_ENDING = re.compile(r"\s*(?:\[[^\]]*\]\s*(?:in|of)\s+.*|\bby Automated count)$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def plain_name(*, code: str | None, name: str, language: Language) -> str:
    """The test in plain words; the laboratory's name without its technical ending otherwise."""
    test = TESTS.get(code or "")
    if test is not None:
        return test.es if language == "es" else test.en
    return _LAB_ENDING.sub("", name).strip() or name


def codes_named(words: str) -> list[str]:
    """Codes whose plain name holds these words, so that a search finds them."""
    wanted = words.casefold()
    return [c for c, t in TESTS.items() if wanted in t.en.casefold() or wanted in t.es.casefold()]
