"""Notifications: everything it hears, answers and does by the clock."""

from __future__ import annotations

from functools import cache
from typing import Any

from portico_contracts import notifications as contract
from portico_contracts.billing import PaymentFailed, PaymentSucceeded, StatementIssued
from portico_contracts.identity import (
    AccountActivated,
    AccountLocked,
    ContactDetailsChanged,
    InvitationIssued,
    PasswordReset,
    RecoveryAsked,
    SignInChanged,
    SignInCodeIssued,
    StaffInvited,
)
from portico_contracts.messaging import (
    MessageSent,
    RefillApproved,
    RefillDenied,
    RequestCompleted,
    RequestSubmitted,
)
from portico_contracts.records import LabResultReleased, ResultCommented
from portico_contracts.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    VisitReminderDue,
)
from portico_kit.database import Store
from portico_kit.service import (
    Database,
    Service,
    Transaction,
    anonymous,
    patient,
    rpc,
    subscribe,
    timer,
)

from . import commands, queries, reactions
from .adapters.providers import Providers
from .adapters.smtp import SmtpMail
from .adapters.twilio import TwilioTexts
from .config import NotificationSettings


class Notifications(Service):
    """Tells people that something happened, never what."""

    name = "notifications"
    config = NotificationSettings
    database = Database()

    @rpc(contract.ListNotices, allow=patient("account"))
    def list_notices(self, tx: Transaction, request: contract.ListNotices) -> Any:
        return queries.list_notices(tx, request)

    @rpc(contract.RecordTextStatus, allow=anonymous())
    def record_text_status(self, tx: Transaction, request: contract.RecordTextStatus) -> Any:
        return commands.record_text_status(tx, request)

    @rpc(contract.StopMail, allow=anonymous())
    def stop_mail(self, tx: Transaction, request: contract.StopMail) -> Any:
        return commands.stop_mail(tx, request)

    @subscribe(ContactDetailsChanged)
    def on_contact_changed(self, tx: Transaction, event: ContactDetailsChanged) -> None:
        reactions.contact_changed(tx, event)

    @subscribe(InvitationIssued)
    def on_invited(self, tx: Transaction, event: InvitationIssued) -> None:
        reactions.invited(tx, event)

    @subscribe(AccountActivated)
    def on_welcomed(self, tx: Transaction, event: AccountActivated) -> None:
        reactions.welcomed(tx, event)

    @subscribe(AccountLocked)
    def on_locked(self, tx: Transaction, event: AccountLocked) -> None:
        reactions.locked(tx, event)

    @subscribe(SignInChanged)
    def on_sign_in_changed(self, tx: Transaction, event: SignInChanged) -> None:
        reactions.sign_in_changed(tx, event)

    @subscribe(SignInCodeIssued)
    def on_sign_in_code(self, tx: Transaction, event: SignInCodeIssued) -> None:
        reactions.sign_in_code(tx, event)

    @subscribe(RecoveryAsked)
    def on_recovery_asked(self, tx: Transaction, event: RecoveryAsked) -> None:
        reactions.recovery_asked(tx, event)

    @subscribe(StaffInvited)
    def on_staff_invited(self, tx: Transaction, event: StaffInvited) -> None:
        reactions.staff_invited(tx, event)

    @subscribe(PasswordReset)
    def on_password_reset(self, tx: Transaction, event: PasswordReset) -> None:
        reactions.password_reset(tx, event)

    @subscribe(AppointmentBooked)
    def on_visit_booked(self, tx: Transaction, event: AppointmentBooked) -> None:
        reactions.visit_booked(tx, event)

    @subscribe(AppointmentCancelled)
    def on_visit_cancelled(self, tx: Transaction, event: AppointmentCancelled) -> None:
        reactions.visit_cancelled(tx, event)

    @subscribe(VisitReminderDue)
    def on_visit_reminder_due(self, tx: Transaction, event: VisitReminderDue) -> None:
        reactions.visit_reminder_due(tx, event)

    @subscribe(LabResultReleased)
    def on_result_released(self, tx: Transaction, event: LabResultReleased) -> None:
        reactions.result_released(tx, event)

    @subscribe(ResultCommented)
    def on_result_commented(self, tx: Transaction, event: ResultCommented) -> None:
        reactions.result_commented(tx, event)

    @subscribe(MessageSent)
    def on_message_sent(self, tx: Transaction, event: MessageSent) -> None:
        reactions.message_sent(tx, event)

    @subscribe(RequestSubmitted)
    def on_request_submitted(self, tx: Transaction, event: RequestSubmitted) -> None:
        reactions.request_submitted(tx, event)

    @subscribe(RequestCompleted)
    def on_request_completed(self, tx: Transaction, event: RequestCompleted) -> None:
        reactions.request_completed(tx, event)

    @subscribe(RefillApproved)
    def on_refill_approved(self, tx: Transaction, event: RefillApproved) -> None:
        reactions.refill_decided(tx, event)

    @subscribe(RefillDenied)
    def on_refill_denied(self, tx: Transaction, event: RefillDenied) -> None:
        reactions.refill_decided(tx, event)

    @subscribe(StatementIssued)
    def on_statement_issued(self, tx: Transaction, event: StatementIssued) -> None:
        reactions.statement_issued(tx, event)

    @subscribe(PaymentSucceeded)
    def on_payment_succeeded(self, tx: Transaction, event: PaymentSucceeded) -> None:
        reactions.payment_succeeded(tx, event)

    @subscribe(PaymentFailed)
    def on_payment_failed(self, tx: Transaction, event: PaymentFailed) -> None:
        reactions.payment_failed(tx, event)

    @timer(seconds=0.1, everywhere=True, transaction=False)
    def send_mail(self, store: Store) -> None:
        commands.keep_sending(store, providers=_mail_servers(store.config))

    @timer(seconds=0.1, everywhere=True, transaction=False)
    def send_texts(self, store: Store) -> None:
        commands.keep_sending(store, providers=_text_providers(store.config))

    @timer(seconds=5)
    def release_stuck(self, tx: Transaction) -> None:
        commands.release_stuck(tx)

    @timer(seconds=60, transaction=False)
    def ask_about_texts(self, store: Store) -> None:
        commands.ask_about_texts(store, providers=_text_providers(store.config))

    @timer(seconds=15)
    def follow_up(self, tx: Transaction) -> None:
        commands.follow_up(tx)

    @timer(seconds=60)
    def expire_old(self, tx: Transaction) -> None:
        commands.expire_old(tx)

    @timer(seconds=3600)
    def make_months_ahead(self, tx: Transaction) -> None:
        commands.make_months_ahead(tx)


@cache
def _mail_servers(config: NotificationSettings) -> Providers:
    urls = filter(None, (config.smtp_url, config.smtp_url_2))
    servers = (
        SmtpMail(
            url,
            sender=config.mail_from,
            at_once=config.mail_connections,
            deadline=config.send_deadline,
        )
        for url in urls
    )
    return Providers("mail", *servers)


@cache
def _text_providers(config: NotificationSettings) -> Providers:
    accounts = [(config.sms_url, config.sms_account, config.sms_token, config.sms_from)]
    if config.sms_url_2:
        sender = config.sms_from_2 or config.sms_from
        accounts.append((config.sms_url_2, config.sms_account_2, config.sms_token_2, sender))
    providers = (
        TwilioTexts(
            url,
            account=account,
            token=token,
            sender=sender,
            status_url=config.text_status_url,
            at_once=config.text_connections,
            deadline=config.send_deadline,
        )
        for url, account, token, sender in accounts
    )
    return Providers("text", *providers)
