"""Everything identity answers, hears and does by the clock."""

from __future__ import annotations

from typing import Any

from portico_contracts import identity as contract
from portico_kit.database import Store
from portico_kit.service import (
    Call,
    Database,
    Service,
    Transaction,
    anonymous,
    audit_batches,
    patient,
    rpc,
    signed_in,
    staff,
    timer,
)

from . import queries
from .commands import (
    helping,
    invitations,
    ledger,
    passwords,
    people,
    recovery,
    second_factors,
    second_step,
    sessions,
    sign_in,
)
from .commands import (
    staff as colleagues,
)
from .config import IdentitySettings

INVITING = staff("front_desk", "nurse", "clinician", "practice_administrator")
HELPING = staff("front_desk", "nurse", "practice_administrator")
ADMINISTERING = staff("practice_administrator")


class Identity(Service):
    """Who may come in, as whom; and who looked at what."""

    name = "identity"
    config = IdentitySettings
    database = Database()

    # ---- getting in

    @rpc(contract.IssueInvitation, allow=INVITING)
    def issue_invitation(self, tx: Transaction, request: contract.IssueInvitation) -> Any:
        return invitations.issue_invitation(tx, request, now=tx.now)

    @rpc(contract.ShowEnrolment, allow=INVITING)
    def show_enrolment(self, tx: Transaction, _request: contract.ShowEnrolment) -> Any:
        return queries.show_enrolment(tx)

    @rpc(contract.OpenInvitation, allow=anonymous(), transaction=False)
    def open_invitation(self, call: Call, request: contract.OpenInvitation) -> Any:
        return invitations.open_invitation(call, request)

    @rpc(contract.AcceptInvitation, allow=anonymous(), transaction=False)
    def accept_invitation(self, call: Call, request: contract.AcceptInvitation) -> Any:
        return invitations.accept_invitation(call, request)

    @rpc(contract.SignIn, allow=anonymous(), transaction=False)
    def sign_in(self, call: Call, request: contract.SignIn) -> Any:
        return sign_in.sign_in(call, request)

    # ---- the second step: the challenge is what an anonymous caller is judged by

    @rpc(contract.TextSignInCode, allow=anonymous(), transaction=False)
    def text_sign_in_code(self, call: Call, request: contract.TextSignInCode) -> Any:
        return second_step.text_sign_in_code(call, request)

    @rpc(contract.FinishSignIn, allow=anonymous(), transaction=False)
    def finish_sign_in(self, call: Call, request: contract.FinishSignIn) -> Any:
        return second_step.finish_sign_in(call, request)

    @rpc(contract.StartFactorAtSignIn, allow=anonymous(), transaction=False)
    def start_factor_at_sign_in(self, call: Call, request: contract.StartFactorAtSignIn) -> Any:
        return second_step.start_factor_at_sign_in(call, request)

    @rpc(contract.FinishFactorAtSignIn, allow=anonymous(), transaction=False)
    def finish_factor_at_sign_in(self, call: Call, request: contract.FinishFactorAtSignIn) -> Any:
        return second_step.finish_factor_at_sign_in(call, request)

    # ---- getting back in: anonymous callers are judged by a link's token, a code or a claim

    @rpc(contract.AskForLink, allow=anonymous(), transaction=False)
    def ask_for_link(self, call: Call, request: contract.AskForLink) -> Any:
        return recovery.ask_for_link(call, request)

    @rpc(contract.OpenLink, allow=anonymous())
    def open_link(self, tx: Transaction, request: contract.OpenLink) -> Any:
        return recovery.open_link(tx, request, now=tx.now)

    @rpc(contract.OpenRecoveryCode, allow=anonymous(), transaction=False)
    def open_recovery_code(self, call: Call, request: contract.OpenRecoveryCode) -> Any:
        return recovery.open_recovery_code(call, request)

    @rpc(contract.ChooseNewPassword, allow=anonymous(), transaction=False)
    def choose_new_password(self, call: Call, request: contract.ChooseNewPassword) -> Any:
        return recovery.choose_new_password(call, request)

    # ---- helping somebody back in; no reply with a code in it is kept, not even sealed

    @rpc(contract.ShowSignInHelp, allow=HELPING)
    def show_sign_in_help(self, tx: Transaction, _request: contract.ShowSignInHelp) -> Any:
        return queries.show_sign_in_help(tx)

    @rpc(contract.IssueRecoveryCode, allow=HELPING, transaction=False)
    def issue_recovery_code(self, call: Call, request: contract.IssueRecoveryCode) -> Any:
        return helping.issue_recovery_code(call, request)

    @rpc(contract.RevokeRecoveryCode, allow=HELPING)
    def revoke_recovery_code(self, tx: Transaction, _request: contract.RevokeRecoveryCode) -> Any:
        return helping.revoke_recovery_code(tx)

    @rpc(contract.PageOfStaff, allow=ADMINISTERING)
    def page_of_staff(self, tx: Transaction, request: contract.PageOfStaff) -> Any:
        return queries.page_of_staff(tx, request)

    @rpc(contract.ShowStaffSignInHelp, allow=ADMINISTERING)
    def show_staff_sign_in_help(
        self, tx: Transaction, request: contract.ShowStaffSignInHelp
    ) -> Any:
        return queries.show_staff_sign_in_help(tx, request.staff_id)

    @rpc(contract.IssueStaffRecoveryCode, allow=ADMINISTERING, transaction=False)
    def issue_staff_recovery_code(
        self, call: Call, request: contract.IssueStaffRecoveryCode
    ) -> Any:
        return helping.issue_staff_recovery_code(call, request)

    @rpc(contract.RevokeStaffRecoveryCode, allow=ADMINISTERING)
    def revoke_staff_recovery_code(
        self, tx: Transaction, request: contract.RevokeStaffRecoveryCode
    ) -> Any:
        return helping.revoke_staff_recovery_code(tx, request)

    # ---- joining and leaving

    @rpc(contract.AddStaff, allow=ADMINISTERING, transaction=False)
    def add_staff(self, call: Call, request: contract.AddStaff) -> Any:
        return colleagues.add_staff(call, request)

    @rpc(contract.ShowStaffMember, allow=ADMINISTERING)
    def show_staff_member(self, tx: Transaction, request: contract.ShowStaffMember) -> Any:
        return queries.show_staff_member(tx, request.staff_id, now=tx.now)

    @rpc(contract.SendJoiningLink, allow=ADMINISTERING)
    def send_joining_link(self, tx: Transaction, request: contract.SendJoiningLink) -> Any:
        return colleagues.send_joining_link(tx, request, now=tx.now)

    @rpc(contract.ChangeRoles, allow=ADMINISTERING)
    def change_roles(self, tx: Transaction, request: contract.ChangeRoles) -> Any:
        return colleagues.change_roles(tx, request, now=tx.now)

    @rpc(contract.LetLeave, allow=ADMINISTERING)
    def let_leave(self, tx: Transaction, request: contract.LetLeave) -> Any:
        return colleagues.let_leave(tx, request, now=tx.now)

    # ---- second factors

    @rpc(contract.ShowSecondFactors, allow=signed_in())
    def show_second_factors(self, tx: Transaction, _request: contract.ShowSecondFactors) -> Any:
        return queries.show_second_factors(tx)

    @rpc(contract.StartSecondFactor, allow=signed_in(), transaction=False)
    def start_second_factor(self, call: Call, request: contract.StartSecondFactor) -> Any:
        return second_factors.start_second_factor(call, request)

    @rpc(contract.ConfirmSecondFactor, allow=signed_in(), transaction=False)
    def confirm_second_factor(self, call: Call, request: contract.ConfirmSecondFactor) -> Any:
        return second_factors.confirm_second_factor(call, request)

    @rpc(contract.RenewRecoveryCodes, allow=signed_in(), transaction=False)
    def renew_recovery_codes(self, call: Call, request: contract.RenewRecoveryCodes) -> Any:
        return second_factors.renew_recovery_codes(call, request)

    @rpc(contract.RemoveSecondFactor, allow=signed_in(), transaction=False)
    def remove_second_factor(self, call: Call, request: contract.RemoveSecondFactor) -> Any:
        return second_factors.remove_second_factor(call, request)

    @rpc(contract.TextMeACode, allow=signed_in())
    def text_me_a_code(self, tx: Transaction, _request: contract.TextMeACode) -> Any:
        return second_factors.text_me_a_code(tx)

    # ---- sessions: the secret in the request is what an anonymous caller is judged by

    @rpc(contract.OpenToken, allow=anonymous())
    def open_token(self, tx: Transaction, request: contract.OpenToken) -> Any:
        return sessions.open_token(tx, request, now=tx.now)

    @rpc(contract.ExtendSession, allow=anonymous())
    def extend_session(self, tx: Transaction, request: contract.ExtendSession) -> Any:
        return sessions.extend_session(tx, request, now=tx.now)

    @rpc(contract.SignOut, allow=anonymous())
    def sign_out(self, tx: Transaction, request: contract.SignOut) -> Any:
        return sessions.sign_out(tx, request, now=tx.now)

    @rpc(contract.ListSessions, allow=signed_in())
    def list_sessions(self, tx: Transaction, _request: contract.ListSessions) -> Any:
        return queries.list_sessions(tx, now=tx.now)

    @rpc(contract.EndSession, allow=signed_in())
    def end_session(self, tx: Transaction, request: contract.EndSession) -> Any:
        return sessions.end_session(tx, request, now=tx.now)

    @rpc(contract.ChangePassword, allow=signed_in(), transaction=False)
    def change_password(self, call: Call, request: contract.ChangePassword) -> Any:
        return passwords.change_password(call, request)

    # ---- people

    @rpc(contract.ShowAccount, allow=signed_in())
    def show_account(self, tx: Transaction, _request: contract.ShowAccount) -> Any:
        return queries.show_account(tx)

    @rpc(contract.ChangeLanguage, allow=signed_in())
    def change_language(self, tx: Transaction, request: contract.ChangeLanguage) -> Any:
        return people.change_language(tx, request, now=tx.now)

    @rpc(contract.StaffCards, allow=signed_in())
    def staff_cards(self, tx: Transaction, request: contract.StaffCards) -> Any:
        return queries.staff_cards(tx, request.ids)

    @rpc(contract.ListStaff, allow=staff())
    def list_staff(self, tx: Transaction, request: contract.ListStaff) -> Any:
        return queries.list_staff(tx, role=request.role)

    # ---- the access ledger

    @rpc(contract.LedgerPage, allow=patient("account"))
    def ledger_page(self, tx: Transaction, request: contract.LedgerPage) -> Any:
        return queries.ledger_page(tx, request)

    @audit_batches
    def append_audit(self, tx: Transaction, rows: list[dict[str, Any]]) -> None:
        ledger.append_audit(tx, rows)

    # ---- by the clock

    @timer(seconds=60)
    def expire_invitations(self, tx: Transaction) -> None:
        invitations.expire_invitations(tx, now=tx.now)

    @timer(seconds=1)
    def send_links(self, tx: Transaction) -> None:
        recovery.send_links(tx, now=tx.now)

    @timer(seconds=60)
    def expire_recoveries(self, tx: Transaction) -> None:
        recovery.expire_recoveries(tx, now=tx.now)

    @timer(seconds=20)
    def end_stale_sessions(self, tx: Transaction) -> None:
        sessions.end_stale_sessions(tx, now=tx.now)

    @timer(seconds=3600)
    def forget_old_tries(self, tx: Transaction) -> None:
        sign_in.forget_old_tries(tx, now=tx.now)

    @timer(seconds=600)
    def forget_old_challenges(self, tx: Transaction) -> None:
        second_step.forget_old_challenges(tx, now=tx.now)

    @timer(seconds=60, transaction=False)
    def anchor_ledger(self, store: Store) -> None:
        ledger.anchor(store)

    @timer(seconds=3600)
    def make_ledger_months(self, tx: Transaction) -> None:
        ledger.make_months_ahead(tx, now=tx.now)
