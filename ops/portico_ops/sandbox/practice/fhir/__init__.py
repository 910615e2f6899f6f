"""A patient's record as a FHIR R4 transaction, in the shape in which Synthea writes it."""
