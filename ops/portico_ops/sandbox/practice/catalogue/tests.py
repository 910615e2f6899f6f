"""Laboratory tests and vital signs: what they are called, their units and usual ranges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portico_ops.sandbox.practice.record import LOINC, Code, Sex


@dataclass(frozen=True, kw_only=True)
class LabTest:
    """One test. `possible` bounds what a living patient of a family practice may have."""

    code: str
    display: str
    unit: str
    women: tuple[float | None, float | None]
    men: tuple[float | None, float | None]
    possible: tuple[float, float]
    decimals: int

    def usual(self, sex: Sex) -> tuple[Decimal | None, Decimal | None]:
        """The usual range, low and high; None where there is no such bound."""
        low, high = self.women if sex == "female" else self.men
        return self.rounded(low), self.rounded(high)

    def rounded(self, value: float | None) -> Decimal | None:
        """The value with as many decimals as the laboratory prints."""
        return None if value is None else Decimal(f"{value:.{self.decimals}f}")

    @property
    def coded(self) -> Code:
        """The test in LOINC."""
        return Code(system=LOINC, code=self.code, display=self.display)


Range = tuple[float | None, float | None]


def _test(
    code: str, display: str, unit: str, usual: Range, possible: tuple[float, float],
    decimals: int = 0, men: Range | None = None,
) -> LabTest:  # fmt: skip
    return LabTest(code=code, display=display, unit=unit, women=usual, men=men or usual,
                   possible=possible, decimals=decimals)  # fmt: skip


TESTS = {
    "a1c": _test("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", (None, 5.6),
                 (4.2, 14), 1),
    "wbc": _test("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL",
                 (4.0, 11.0), (2, 25), 1),
    "rbc": _test("789-8", "Erythrocytes [#/volume] in Blood by Automated count", "10*6/uL",
                 (3.8, 5.2), (2.5, 6.5), 2, men=(4.3, 5.9)),
    "hgb": _test("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", (12.0, 15.5), (7, 18.5),
                 1, men=(13.5, 17.5)),
    "hct": _test("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%",
                 (35, 46), (21, 56), 1, men=(40, 52)),
    "mcv": _test("787-2", "MCV [Entitic volume] by Automated count", "fL", (80, 100), (60, 120),
                 1),
    "mch": _test("785-6", "MCH [Entitic mass] by Automated count", "pg", (27, 33), (18, 40), 1),
    "mchc": _test("786-4", "MCHC [Mass/volume] by Automated count", "g/dL", (32, 36), (27, 38),
                  1),
    "plt": _test("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL",
                 (150, 400), (60, 700)),
    "glucose": _test("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", (70, 99),
                     (50, 400)),
    "bun": _test("3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "mg/dL", (7, 20),
                 (3, 80)),
    "creatinine": _test("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL",
                        (0.5, 1.1), (0.3, 5), 2, men=(0.7, 1.3)),
    "egfr": _test("98979-8", "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] "
                  "in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021)",
                  "mL/min/{1.73_m2}", (60, None), (10, 140)),
    "sodium": _test("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", (135, 145),
                    (125, 152)),
    "potassium": _test("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L",
                       (3.5, 5.1), (2.8, 6.2), 1),
    "chloride": _test("2075-0", "Chloride [Moles/volume] in Serum or Plasma", "mmol/L",
                      (98, 107), (88, 115)),
    "co2": _test("2028-9", "Carbon dioxide, total [Moles/volume] in Serum or Plasma", "mmol/L",
                 (22, 29), (15, 35)),
    "calcium": _test("17861-6", "Calcium [Mass/volume] in Serum or Plasma", "mg/dL",
                     (8.6, 10.3), (7, 12), 1),
    "protein": _test("2885-2", "Protein [Mass/volume] in Serum or Plasma", "g/dL", (6.0, 8.3),
                     (4.5, 9.5), 1),
    "albumin": _test("1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/dL", (3.5, 5.0),
                     (2.2, 5.5), 1),
    "bilirubin": _test("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL",
                       (0.1, 1.2), (0.1, 4), 1),
    "alp": _test("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma",
                 "U/L", (35, 120), (20, 400)),
    "alt": _test("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or "
                 "Plasma", "U/L", (7, 40), (3, 250)),
    "ast": _test("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or "
                 "Plasma", "U/L", (8, 40), (5, 250)),
    "cholesterol": _test("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL",
                         (None, 199), (90, 380)),
    "triglycerides": _test("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "mg/dL",
                           (None, 149), (35, 390)),
    "hdl": _test("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", "mg/dL",
                 (50, None), (22, 105), men=(40, None)),
    "ldl": _test("13457-7", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation",
                 "mg/dL", (None, 129), (25, 260)),
    "tsh": _test("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "m[IU]/L",
                 (0.4, 4.5), (0.05, 40), 2),
    "ferritin": _test("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "ng/mL", (15, 150),
                      (3, 900), men=(30, 400)),
    "vitamin_d": _test("62292-8", "25-Hydroxyvitamin D2+25-Hydroxyvitamin D3 [Mass/volume] in "
                       "Serum or Plasma", "ng/mL", (30, 100), (6, 120)),
    "bnp": _test("33762-6", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum "
                 "or Plasma", "pg/mL", (None, 450), (20, 9000)),
    "urine_albumin": _test("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine", "mg/g",
                           (None, 29), (2, 900)),
    "urine_sg": _test("5811-5", "Specific gravity of Urine by Test strip", "{ratio}",
                      (1.005, 1.030), (1.001, 1.035), 3),
    "urine_ph": _test("5803-2", "pH of Urine by Test strip", "[pH]", (5.0, 8.0), (4.5, 9), 1),
    "height": _test("8302-2", "Body height", "cm", (None, None), (45, 205), 1),
    "weight": _test("29463-7", "Body weight", "kg", (None, None), (3, 180), 1),
    "bmi": _test("39156-5", "Body mass index (BMI) [Ratio]", "kg/m2", (18.5, 24.9), (11, 60), 1),
    "temperature": _test("8310-5", "Body temperature", "Cel", (36.1, 37.5), (35, 40.5), 1),
    "heart_rate": _test("8867-4", "Heart rate", "/min", (60, 100), (40, 180)),
    "breaths": _test("9279-1", "Respiratory rate", "/min", (12, 20), (8, 45)),
    "oxygen": _test("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%",
                    (95, 100), (85, 100)),
    "systolic": _test("8480-6", "Systolic blood pressure", "mm[Hg]", (90, 129), (75, 210)),
    "diastolic": _test("8462-4", "Diastolic blood pressure", "mm[Hg]", (60, 84), (40, 120)),
}  # fmt: skip

# Answered in words. The first word is what is usual.
WORDED = {
    "urine_color": ("5778-6", "Color of Urine", ("Yellow", "Amber")),
    "urine_look": ("5767-9", "Appearance of Urine", ("Clear", "Cloudy")),
    "urine_glucose": ("25428-4", "Glucose [Presence] in Urine by Test strip",
                      ("Negative", "Trace", "1+", "2+")),
    "urine_protein": ("20454-5", "Protein [Presence] in Urine by Test strip",
                      ("Negative", "Trace", "1+")),
    "urine_ketones": ("2514-8", "Ketones [Presence] in Urine by Test strip",
                      ("Negative", "Trace")),
    "urine_blood": ("5794-3", "Hemoglobin [Presence] in Urine by Test strip",
                    ("Negative", "Trace", "1+")),
    "urine_nitrite": ("5802-4", "Nitrite [Presence] in Urine by Test strip",
                      ("Negative", "Positive")),
    "urine_leukocytes": ("5799-2", "Leukocyte esterase [Presence] in Urine by Test strip",
                         ("Negative", "Trace", "2+")),
    "strep": ("78012-2", "Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay",
              ("Negative", "Positive")),
}  # fmt: skip

PANELS = {
    "a1c": ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", ("a1c",)),
    "cbc": ("58410-2", "CBC panel - Blood by Automated count",
            ("wbc", "rbc", "hgb", "hct", "mcv", "mch", "mchc", "plt")),
    "cmp": ("24323-8", "Comprehensive metabolic 2000 panel - Serum or Plasma",
            ("glucose", "bun", "creatinine", "egfr", "sodium", "potassium", "chloride", "co2",
             "calcium", "protein", "albumin", "bilirubin", "alp", "alt", "ast")),
    "lipids": ("24331-1", "Lipid 1996 panel - Serum or Plasma",
               ("cholesterol", "triglycerides", "hdl", "ldl")),
    "tsh": ("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", ("tsh",)),
    "ferritin": ("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", ("ferritin",)),
    "vitamin_d": ("62292-8", "25-Hydroxyvitamin D2+25-Hydroxyvitamin D3 [Mass/volume] in Serum "
                  "or Plasma", ("vitamin_d",)),
    "bnp": ("33762-6", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or "
            "Plasma", ("bnp",)),
    "urine_albumin": ("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine", ("urine_albumin",)),
    "urinalysis": ("24356-8", "Urinalysis complete panel - Urine",
                   ("urine_color", "urine_look", "urine_sg", "urine_ph", "urine_glucose",
                    "urine_protein", "urine_ketones", "urine_blood", "urine_nitrite",
                    "urine_leukocytes")),
    "strep": ("78012-2", "Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay",
              ("strep",)),
}  # fmt: skip


def panel_code(panel: str) -> Code:
    """The panel in LOINC."""
    code, display, _ = PANELS[panel]
    return Code(system=LOINC, code=code, display=display)
