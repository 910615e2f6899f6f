"""Every operation of the API, in one list; the OpenAPI document is made from it."""

from __future__ import annotations

from gateway.api.operations import Operation as Op
from portico_contracts import (
    billing,
    failures,
    identity,
    messaging,
    notifications,
    records,
    scheduling,
)


def _failures_of(service: str) -> list[Op]:
    """What failed in one service; each service answers for itself."""
    at, one = f"/failures/{service}", f"/failures/{service}/{{failure_id:int}}"
    return [
        Op("GET", at, failures.asked_of(service, failures.ListFailures)),
        Op("GET", one, failures.asked_of(service, failures.ShowFailure)),
        Op("POST", f"{one}/replay", failures.asked_of(service, failures.ReplayFailure)),
        Op("POST", f"{one}/drop", failures.asked_of(service, failures.DropFailure)),
    ]


OPERATIONS = [
    # identity
    Op("POST", "/sessions", identity.SignIn, open=True, status=201),
    Op("POST", "/sessions/second-step", identity.FinishSignIn, open=True, status=201),
    Op("POST", "/sessions/second-step/text", identity.TextSignInCode, open=True),
    Op("POST", "/sessions/second-step/set-up", identity.StartFactorAtSignIn, open=True),
    Op(
        "POST",
        "/sessions/second-step/set-up/confirm",
        identity.FinishFactorAtSignIn,
        open=True,
        status=201,
    ),
    Op("POST", "/invitations/open", identity.OpenInvitation, open=True),
    Op("POST", "/invitations/accept", identity.AcceptInvitation, open=True, status=201),
    Op("POST", "/recoveries/link", identity.AskForLink, open=True, status=202),
    Op("POST", "/recoveries/link/open", identity.OpenLink, open=True),
    Op("POST", "/recoveries/code", identity.OpenRecoveryCode, open=True),
    Op("POST", "/recoveries/password", identity.ChooseNewPassword, open=True),
    Op("GET", "/account", identity.ShowAccount),
    Op("PUT", "/account/language", identity.ChangeLanguage),
    Op("GET", "/account/sessions", identity.ListSessions),
    Op("POST", "/account/sessions/end", identity.EndSession),
    Op("POST", "/account/password", identity.ChangePassword),
    Op("GET", "/account/second-factors", identity.ShowSecondFactors),
    Op("POST", "/account/second-factors", identity.StartSecondFactor),
    Op("POST", "/account/second-factors/confirm", identity.ConfirmSecondFactor),
    Op("POST", "/account/second-factors/remove", identity.RemoveSecondFactor),
    Op("POST", "/account/second-factors/text", identity.TextMeACode),
    Op("POST", "/account/recovery-codes", identity.RenewRecoveryCodes),
    Op("GET", "/account/activity", identity.LedgerPage),
    Op("GET", "/staff", identity.ListStaff),
    Op("POST", "/patients/{patient_id}/invitations", identity.IssueInvitation, status=201),
    Op("GET", "/patients/{patient_id}/enrolment", identity.ShowEnrolment),
    Op("GET", "/patients/{patient_id}/sign-in", identity.ShowSignInHelp),
    Op("POST", "/patients/{patient_id}/recovery-code", identity.IssueRecoveryCode, status=201),
    Op("POST", "/patients/{patient_id}/recovery-code/revoke", identity.RevokeRecoveryCode),
    Op("GET", "/staff/people", identity.PageOfStaff),
    Op("GET", "/staff/{staff_id}/sign-in", identity.ShowStaffSignInHelp),
    Op("POST", "/staff/{staff_id}/recovery-code", identity.IssueStaffRecoveryCode, status=201),
    Op("POST", "/staff/{staff_id}/recovery-code/revoke", identity.RevokeStaffRecoveryCode),
    # records
    Op("GET", "/results", records.ListLabResults),
    Op("GET", "/results/{result_id}", records.ShowLabResult),
    Op("POST", "/results/{result_id}/release", records.ReleaseLabResult),
    Op("POST", "/results/{result_id}/comments", records.CommentOnLabResult, status=201),
    Op("GET", "/results-to-release", records.ListResultsToRelease),
    Op("GET", "/medicines", records.ListMedications),
    Op("GET", "/medicines/{medication_id}", records.ShowMedication),
    Op("GET", "/vaccines", records.ListImmunizations),
    Op("GET", "/conditions", records.ListConditions),
    Op("GET", "/allergies", records.ListAllergies),
    Op("GET", "/encounters", records.ListEncounters),
    Op("GET", "/notes", records.ListVisitNotes),
    Op("GET", "/notes/{note_id}", records.ShowVisitNote),
    Op("GET", "/documents", records.ListDocuments),
    Op("GET", "/documents/{document_id}", records.ShowDocument),
    Op("GET", "/procedures", records.ListProcedures),
    Op("GET", "/care-plans", records.ListCarePlans),
    Op("GET", "/patients", records.SearchPatients),
    Op("GET", "/patients/{patient_id}", records.ShowPatient),
    # scheduling
    Op("GET", "/booking/choices", scheduling.BookingChoices),
    Op("GET", "/booking/times", scheduling.FreeTimes),
    Op("POST", "/booking/holds", scheduling.HoldSlot, status=201),
    Op("GET", "/visits", scheduling.ListVisits),
    Op("POST", "/visits", scheduling.BookAppointment, status=201),
    Op("GET", "/visits/{appointment_id}", scheduling.ShowVisit),
    Op("POST", "/visits/{appointment_id}/cancel", scheduling.CancelAppointment),
    Op("GET", "/day", scheduling.DayList),
    # messaging
    Op("GET", "/conversations", messaging.ListConversations),
    Op("POST", "/conversations", messaging.StartConversation, status=201),
    Op("GET", "/conversations/{conversation_id}", messaging.ShowConversation),
    Op("POST", "/conversations/{conversation_id}/messages", messaging.Reply, status=201),
    Op("POST", "/conversations/{conversation_id}/read", messaging.MarkRead),
    Op("GET", "/refills", messaging.ListRequests),
    Op("POST", "/refills", messaging.RequestRefill, status=201),
    Op("GET", "/queues", messaging.QueueCounts),
    Op("GET", "/queue-items", messaging.ListQueue),
    Op("GET", "/queue-items/{item_id}", messaging.ShowItem),
    Op("POST", "/queue-items/{item_id}/take", messaging.TakeItem),
    Op("POST", "/queue-items/{item_id}/release", messaging.ReleaseItem),
    Op("POST", "/queue-items/{item_id}/assign", messaging.AssignItem),
    Op("POST", "/queue-items/{item_id}/route", messaging.RouteItem),
    Op("POST", "/queue-items/{item_id}/reply", messaging.ReplyToItem),
    Op("POST", "/queue-items/{item_id}/notes", messaging.AddNote),
    Op("POST", "/queue-items/{item_id}/complete", messaging.CompleteItem),
    Op("POST", "/queue-items/{item_id}/reopen", messaging.ReopenItem),
    Op("POST", "/queue-items/{item_id}/refill", messaging.DecideRefill),
    # billing
    Op("GET", "/statements", billing.ListStatements),
    Op("POST", "/statements", billing.IssueStatement, status=201),
    Op("GET", "/statements/{statement_id}", billing.ShowStatement),
    Op("POST", "/statements/{statement_id}/payments", billing.StartPayment, status=201),
    Op("GET", "/payments/{payment_id}", billing.ShowPayment),
    Op("POST", "/payments/{payment_id}/finish", billing.FinishPayment),
    Op("GET", "/ledger", billing.LedgerBalance),
    # notifications
    Op("GET", "/notices", notifications.ListNotices),
    # what failed, in each service
    *(operation for service in failures.SERVICES for operation in _failures_of(service)),
]
