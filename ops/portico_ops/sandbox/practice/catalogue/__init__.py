"""What medicine needs words and numbers for: tests, illnesses, medicines, vaccines.

Codes are from LOINC, SNOMED CT, ICD-10-CM, RxNorm and CVX. Usual ranges are those that
laboratories commonly print for adults; they are for play, not for care.
"""
