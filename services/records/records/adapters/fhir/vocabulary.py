"""Words of FHIR R4 that the reader needs (https://hl7.org/fhir/R4/resourcelist.html)."""

from __future__ import annotations

RESOURCE_TYPES = frozenset(
    """
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse
    AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement
    CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse
    ClinicalImpression CodeSystem Communication CommunicationRequest CompartmentDefinition
    Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest
    DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis
    Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence
    EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal
    GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
    ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice
    Library Linkage List Location Measure MeasureReport Media Medication MedicationAdministration
    MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured
    MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect
    MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation
    ObservationDefinition OperationDefinition OperationOutcome Organization
    OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person
    PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire
    QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition
    ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter
    ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription
    Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task
    TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription
    """.split()
)

# Kept and listed, never taken into a record: envelopes and answers of servers.
NOT_FOR_A_RECORD = frozenset({"Bundle", "OperationOutcome", "Parameters", "CapabilityStatement"})

# The same real thing comes again in every bundle under another id: its identifier says who it is.
MASTER_TYPES = frozenset(
    {"Organization", "Practitioner", "Location", "PractitionerRole", "HealthcareService"}
)

# What conditional references and references across files point to.
REFERRED_TYPES = MASTER_TYPES | {"Patient", "Medication"}

NPI = "http://hl7.org/fhir/sid/us-npi"
LOINC = "http://loinc.org"

# LOINC codes of questionnaires (PRAPARE, AHC-HRSN, hunger vital sign, PHQ-2 and -9, GAD-7,
# AUDIT-C, DAST-10) that some systems report as if a laboratory had answered them.
SURVEY_PANELS = frozenset(
    {"93025-5", "96777-8", "88121-9", "55757-9", "55758-7", "44249-1", "69737-5", "70274-6",
     "72109-2", "75626-2", "82666-9", "82667-7"}
)  # fmt: skip

# Types that others point to come first, so that references find them.
READING_ORDER = (
    "Organization", "Location", "Practitioner", "PractitionerRole", "Medication", "Patient",
    "Encounter", "Condition", "Observation", "MedicationRequest",
)  # fmt: skip
READ_LAST = ("DiagnosticReport", "MedicationDispense", "Provenance")


def reading_rank(resource_type: str | None) -> int:
    """Where a file of this type stands in the order of reading; bundles go with the middle."""
    if resource_type in READING_ORDER:
        return READING_ORDER.index(resource_type)
    return len(READING_ORDER) + (1 if resource_type in READ_LAST else 0)
