"""The plain names of laboratory tests, English and Spanish, and the LOINC codes they stand for.

One list for all: records names and finds results by it, the gateway explains them under the same
keys. A test that is not here keeps its laboratory's own name.
"""

from __future__ import annotations

from typing import NamedTuple

from .kinds import Language


class Named(NamedTuple):
    """One test: its codes in LOINC (https://loinc.org), and its name in both languages."""

    codes: tuple[str, ...]
    en: str
    es: str

    def called(self, language: Language) -> str:
        """The name in a language."""
        return self.es if language == "es" else self.en


# fmt: off
NAMED: dict[str, Named] = {
    # Blood count.
    "white_cells": Named(("6690-2", "26464-8", "804-5", "33256-9"),
        "White blood cells", "Glóbulos blancos"),
    "red_cells": Named(("789-8", "26453-1"),
        "Red blood cells", "Glóbulos rojos"),
    "hemoglobin": Named(("718-7", "20509-6", "30313-1"),
        "Hemoglobin: the part of blood that carries oxygen",
        "Hemoglobina: lo que lleva el oxígeno en la sangre"),
    "hematocrit": Named(("4544-3", "20570-8"),
        "Hematocrit: share of red cells in the blood",
        "Hematocrito: parte de la sangre que son glóbulos rojos"),
    "mcv": Named(("787-2", "30428-7"),
        "MCV: size of your red cells", "MCV: tamaño de los glóbulos rojos"),
    "mch": Named(("785-6",),
        "MCH: hemoglobin in each red cell", "MCH: hemoglobina en cada glóbulo rojo"),
    "mchc": Named(("786-4",),
        "MCHC: how full your red cells are", "MCHC: qué tan llenos están los glóbulos rojos"),
    "rdw": Named(("788-0", "21000-5", "30384-2", "30385-9"),
        "RDW: how alike your red cells are", "RDW: qué tan parecidos son los glóbulos rojos"),
    "platelets": Named(("777-3", "26515-7", "778-1"),
        "Platelets: cells that stop bleeding", "Plaquetas: células que paran el sangrado"),
    "mpv": Named(("32623-1", "28542-9"),
        "MPV: size of your platelets", "MPV: tamaño de las plaquetas"),
    "inr": Named(("6301-6", "34714-6"),
        "INR: how fast your blood clots", "INR: qué tan rápido coagula su sangre"),
    "prothrombin": Named(("5902-2",),
        "Clotting time (PT)", "Tiempo de coagulación (PT)"),
    # Kidneys and salts.
    "egfr": Named(("33914-3", "48642-3", "48643-1", "62238-1", "98979-8", "69405-9", "50210-4"),
        "Kidney function (eGFR)", "Función de los riñones (eGFR)"),
    "creatinine": Named(("2160-0", "38483-4"),
        "Creatinine: waste that kidneys clean out", "Creatinina: desecho que limpian los riñones"),
    "urea": Named(("3094-0", "6299-2"),
        "BUN: waste from protein", "BUN: desecho de las proteínas"),
    "sodium": Named(("2951-2", "2947-0"),
        "Sodium: a salt in the blood", "Sodio: una sal de la sangre"),
    "potassium": Named(("2823-3", "6298-4"),
        "Potassium: a salt your heart needs", "Potasio: una sal que su corazón necesita"),
    "chloride": Named(("2075-0", "2069-3"),
        "Chloride: a salt in the blood", "Cloruro: una sal de la sangre"),
    "co2": Named(("2028-9", "20565-8", "1963-8"),
        "CO2: acid balance of the blood", "CO2: equilibrio de ácido en la sangre"),
    "calcium": Named(("17861-6", "49765-1", "2000-8"),
        "Calcium in the blood", "Calcio en la sangre"),
    "magnesium": Named(("19123-9", "2601-3"),
        "Magnesium in the blood", "Magnesio en la sangre"),
    "phosphate": Named(("2777-1",),
        "Phosphorus in the blood", "Fósforo en la sangre"),
    "uric_acid": Named(("3084-1",),
        "Uric acid", "Ácido úrico"),
    "urine_albumin": Named(("9318-7", "14959-1", "32294-1", "30000-4"),
        "Protein in urine (albumin)", "Proteína en la orina (albúmina)"),
    # Liver and glands.
    "alt": Named(("1742-6", "1743-4"),
        "ALT: a liver test", "ALT: una prueba del hígado"),
    "ast": Named(("1920-8",),
        "AST: a liver and muscle test", "AST: una prueba del hígado y los músculos"),
    "alp": Named(("6768-6",),
        "ALP: a liver and bone test", "ALP: una prueba del hígado y los huesos"),
    "bilirubin": Named(("1975-2", "42719-5"),
        "Bilirubin: yellow color in the blood", "Bilirrubina: color amarillo en la sangre"),
    "albumin": Named(("1751-7", "61151-7"),
        "Albumin: the main protein in blood", "Albúmina: la proteína principal de la sangre"),
    "protein": Named(("2885-2",),
        "Total protein in the blood", "Proteína total en la sangre"),
    "globulin": Named(("10834-0", "2336-6"),
        "Globulin: proteins that fight germs", "Globulina: proteínas que luchan contra gérmenes"),
    "tsh": Named(("3016-3", "11580-8", "11579-0"),
        "TSH: a thyroid test", "TSH: una prueba de la tiroides"),
    "free_t4": Named(("3024-7", "14920-3"),
        "Free T4: thyroid hormone", "T4 libre: hormona de la tiroides"),
    "vitamin_d": Named(("1989-3", "62292-8", "35365-6", "49054-0"),
        "Vitamin D", "Vitamina D"),
    "b12": Named(("2132-9",),
        "Vitamin B12", "Vitamina B12"),
    "ferritin": Named(("2276-4", "20567-4"),
        "Ferritin: your store of iron", "Ferritina: su reserva de hierro"),
    "iron": Named(("2498-4",),
        "Iron in the blood", "Hierro en la sangre"),
    "crp": Named(("1988-5", "30522-7"),
        "CRP: swelling in the body", "CRP: inflamación en el cuerpo"),
    "esr": Named(("4537-7", "30341-2"),
        "ESR: swelling in the body", "ESR: inflamación en el cuerpo"),
    "psa": Named(("2857-1", "35741-8"),
        "PSA: a prostate test", "PSA: una prueba de la próstata"),
    # Sugar and fats.
    "a1c": Named(("4548-4", "17856-6", "59261-8"),
        "A1C: average blood sugar", "A1C: azúcar promedio en la sangre"),
    "glucose": Named(("2345-7", "2339-0", "1558-6", "41653-7", "74774-1", "14749-6"),
        "Blood sugar (glucose)", "Azúcar en la sangre (glucosa)"),
    "cholesterol": Named(("2093-3",),
        "Total cholesterol", "Colesterol total"),
    "ldl": Named(("18262-6", "13457-7", "2089-1"),
        "LDL: the “bad” cholesterol", "LDL: el colesterol “malo”"),
    "hdl": Named(("2085-9",),
        "HDL: the “good” cholesterol", "HDL: el colesterol “bueno”"),
    "triglycerides": Named(("2571-8", "3043-7"),
        "Triglycerides: fat in the blood", "Triglicéridos: grasa en la sangre"),
    # Urine and germs.
    "urine_glucose": Named(("5792-7", "25428-4", "2350-7"),
        "Sugar in urine", "Azúcar en la orina"),
    "urine_protein": Named(("5804-0", "20454-5", "2888-6"),
        "Protein in urine", "Proteína en la orina"),
    "urine_ketones": Named(("5797-6", "2514-8", "57734-6"),
        "Ketones in urine", "Cetonas en la orina"),
    "urine_blood": Named(("5794-3", "20409-9", "57751-0"),
        "Blood in urine", "Sangre en la orina"),
    "urine_leukocytes": Named(("5799-2", "20408-1", "60026-2"),
        "White cells in urine", "Glóbulos blancos en la orina"),
    "urine_nitrite": Named(("5802-4", "20407-3", "32710-6"),
        "Nitrite in urine", "Nitritos en la orina"),
    "urine_ph": Named(("5803-2", "2756-5", "50560-2"),
        "Acid in urine (pH)", "Ácido en la orina (pH)"),
    "urine_gravity": Named(("5811-5", "2965-2", "53326-5"),
        "How strong your urine is", "Qué tan concentrada es su orina"),
    "urine_bilirubin": Named(("5770-3", "20505-4"),
        "Bilirubin in urine", "Bilirrubina en la orina"),
    "covid": Named(("94500-6", "94531-1", "94558-4", "95209-3", "94309-2"),
        "COVID-19 test", "Prueba de COVID-19"),
    "strep": Named(("78012-2", "60489-2", "6556-5", "68954-7"),
        "Strep throat test", "Prueba de estreptococo en la garganta"),
    "flu": Named(("80382-5", "80383-3", "92142-9", "92141-1", "76078-5"),
        "Flu test", "Prueba de gripe (influenza)"),
    "pregnancy": Named(("2106-3", "2118-8", "80384-1"),
        "Pregnancy test", "Prueba de embarazo"),
}
# fmt: on

BY_CODE: dict[str, Named] = {code: named for named in NAMED.values() for code in named.codes}
