"""Records' table of contents: everything it answers."""

from __future__ import annotations

from typing import Any

from portico_contracts import records as contract
from portico_kit.service import Database, Service, Transaction, patient, rpc, staff

from . import queries
from .commands import results
from .config import RecordsSettings

CARE = staff("clinician", "nurse")
ANY_STAFF = staff()


class Records(Service):
    """One health record out of every source."""

    name = "records"
    config = RecordsSettings
    database = Database()

    @rpc(contract.ListLabResults, allow=patient("results") | CARE)
    def list_lab_results(self, tx: Transaction, request: contract.ListLabResults) -> Any:
        return queries.list_lab_results(tx, request, now=tx.now)

    @rpc(contract.ShowLabResult, allow=patient("results") | CARE)
    def show_lab_result(self, tx: Transaction, request: contract.ShowLabResult) -> Any:
        shown = queries.show_lab_result(tx, request, now=tx.now)
        results.note_first_view(tx, result_id=request.result_id, now=tx.now)
        return shown

    @rpc(contract.ReleaseLabResult, allow=staff("clinician"))
    def release_lab_result(self, tx: Transaction, request: contract.ReleaseLabResult) -> Any:
        return results.release_lab_result(tx, request, now=tx.now)

    @rpc(contract.CommentOnLabResult, allow=staff("clinician"))
    def comment_on_lab_result(self, tx: Transaction, request: contract.CommentOnLabResult) -> Any:
        return results.comment_on_lab_result(tx, request, now=tx.now)

    @rpc(contract.ListResultsToRelease, allow=staff("clinician"))
    def list_results_to_release(
        self, tx: Transaction, request: contract.ListResultsToRelease
    ) -> Any:
        return queries.list_results_to_release(tx, request)

    @rpc(contract.ListMedications, allow=patient("medicines") | CARE)
    def list_medications(self, tx: Transaction, request: contract.ListMedications) -> Any:
        return queries.list_medications(tx, request, now=tx.now)

    @rpc(contract.ShowMedication, allow=patient("medicines") | CARE)
    def show_medication(self, tx: Transaction, request: contract.ShowMedication) -> Any:
        return queries.show_medication(tx, request, now=tx.now)

    @rpc(contract.ListImmunizations, allow=patient("record") | CARE)
    def list_immunizations(self, tx: Transaction, request: contract.ListImmunizations) -> Any:
        return queries.list_immunizations(tx, request)

    @rpc(contract.ListConditions, allow=patient("record") | CARE)
    def list_conditions(self, tx: Transaction, request: contract.ListConditions) -> Any:
        return queries.list_conditions(tx, request)

    @rpc(contract.ListAllergies, allow=patient("record") | CARE)
    def list_allergies(self, tx: Transaction, request: contract.ListAllergies) -> Any:
        return queries.list_allergies(tx, request)

    @rpc(contract.ListEncounters, allow=patient("record") | CARE)
    def list_encounters(self, tx: Transaction, request: contract.ListEncounters) -> Any:
        return queries.list_encounters(tx, request)

    @rpc(contract.ListVisitNotes, allow=patient("record") | CARE)
    def list_visit_notes(self, tx: Transaction, request: contract.ListVisitNotes) -> Any:
        return queries.list_visit_notes(tx, request)

    @rpc(contract.ShowVisitNote, allow=patient("record") | CARE)
    def show_visit_note(self, tx: Transaction, request: contract.ShowVisitNote) -> Any:
        return queries.show_visit_note(tx, request)

    @rpc(contract.ListDocuments, allow=patient("record") | CARE)
    def list_documents(self, tx: Transaction, request: contract.ListDocuments) -> Any:
        return queries.list_documents(tx, request)

    @rpc(contract.ShowDocument, allow=patient("record") | CARE)
    def show_document(self, tx: Transaction, request: contract.ShowDocument) -> Any:
        return queries.show_document(tx, request)

    @rpc(contract.ListProcedures, allow=patient("record") | CARE)
    def list_procedures(self, tx: Transaction, request: contract.ListProcedures) -> Any:
        return queries.list_procedures(tx, request)

    @rpc(contract.ListCarePlans, allow=patient("record") | CARE)
    def list_care_plans(self, tx: Transaction, request: contract.ListCarePlans) -> Any:
        return queries.list_care_plans(tx, request)

    @rpc(contract.ShowPatient, allow=patient("record") | ANY_STAFF)
    def show_patient(self, tx: Transaction, request: contract.ShowPatient) -> Any:
        return queries.show_patient(tx, request, now=tx.now)

    @rpc(contract.SearchPatients, allow=ANY_STAFF)
    def search_patients(self, tx: Transaction, request: contract.SearchPatients) -> Any:
        return queries.search_patients(tx, request, now=tx.now)

    @rpc(contract.PatientCards, allow=ANY_STAFF)
    def patient_cards(self, tx: Transaction, request: contract.PatientCards) -> Any:
        return queries.patient_cards(tx, request, now=tx.now)

    @rpc(contract.HomeSummary, allow=patient("record"))
    def home_summary(self, tx: Transaction, request: contract.HomeSummary) -> Any:
        return queries.home_summary(tx, request, now=tx.now)
