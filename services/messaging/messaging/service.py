"""Everything that messaging hears: requests of patients and staff, and others' events."""

from __future__ import annotations

from typing import Any

from portico_contracts import messaging as contract
from portico_contracts.billing import PaymentReviewDue
from portico_contracts.identity import ContactDetailsChanged, StaffLeft
from portico_contracts.notifications import NoticeReachedNobody
from portico_contracts.scheduling import VisitLostProvider
from portico_kit.service import Database, Service, Transaction, patient, rpc, staff, subscribe

from . import commands, queries, reactions
from .config import Settings
from .domain.queues import DECIDES_REFILLS, QUEUE_ROLES, STAFF

PATIENT = patient("messages")
ANY_STAFF = staff(*STAFF)
REFILL_STAFF = staff(*sorted(QUEUE_ROLES["refills"]))

Reply = dict[str, Any]


class Messaging(Service):
    """Conversations, refill requests and the queues that staff answer them from."""

    name = "messaging"
    config = Settings
    database = Database()

    # Patients

    @rpc(contract.HomeMessages, allow=PATIENT)
    def home_messages(self, tx: Transaction, _request: contract.HomeMessages) -> Reply:
        return queries.home_messages(tx)

    @rpc(contract.ListConversations, allow=PATIENT | ANY_STAFF)
    def list_conversations(self, tx: Transaction, request: contract.ListConversations) -> Reply:
        return queries.list_conversations(tx, request)

    @rpc(contract.ShowConversation, allow=PATIENT | ANY_STAFF)
    def show_conversation(self, tx: Transaction, request: contract.ShowConversation) -> Reply:
        return queries.show_conversation(tx, request)

    @rpc(contract.StartConversation, allow=PATIENT)
    def start_conversation(self, tx: Transaction, request: contract.StartConversation) -> Reply:
        return queries.started(commands.start_conversation(tx, request, now=tx.now))

    @rpc(contract.Reply, allow=PATIENT)
    def reply(self, tx: Transaction, request: contract.Reply) -> Reply:
        return queries.sent(tx, commands.reply(tx, request, now=tx.now))

    @rpc(contract.MarkRead, allow=PATIENT)
    def mark_read(self, tx: Transaction, request: contract.MarkRead) -> Reply:
        commands.mark_read(tx, request, now=tx.now)
        return {"done": True}

    @rpc(contract.SaveDraft, allow=PATIENT | ANY_STAFF)
    def save_draft(self, tx: Transaction, request: contract.SaveDraft) -> Reply:
        patient_id = commands.save_draft(tx, request, now=tx.now)
        return queries.show_draft(tx, place=request.place, patient_id=patient_id)

    @rpc(contract.ShowDraft, allow=PATIENT | ANY_STAFF)
    def show_draft(self, tx: Transaction, request: contract.ShowDraft) -> Reply:
        patient_id = commands.patient_of_place(tx, request.place)
        return queries.show_draft(tx, place=request.place, patient_id=patient_id)

    @rpc(contract.RequestRefill, allow=patient("medicines"))
    def request_refill(self, tx: Transaction, request: contract.RequestRefill) -> Reply:
        return queries.refills_asked(tx, commands.request_refill(tx, request, now=tx.now))

    @rpc(contract.ListRequests, allow=patient("medicines") | REFILL_STAFF)
    def list_requests(self, tx: Transaction, request: contract.ListRequests) -> Reply:
        return queries.list_requests(tx, request)

    # Staff

    @rpc(contract.QueueCounts, allow=ANY_STAFF)
    def queue_counts(self, tx: Transaction, _request: contract.QueueCounts) -> Reply:
        return queries.queue_counts(tx)

    @rpc(contract.ListQueue, allow=ANY_STAFF)
    def list_queue(self, tx: Transaction, request: contract.ListQueue) -> Reply:
        return queries.list_queue(tx, request)

    @rpc(contract.ShowItem, allow=ANY_STAFF)
    def show_item(self, tx: Transaction, request: contract.ShowItem) -> Reply:
        commands.visible_item(tx, request.item_id)
        return queries.show_item(tx, request.item_id, cursor=request.cursor)

    @rpc(contract.TakeItem, allow=ANY_STAFF)
    def take_item(self, tx: Transaction, request: contract.TakeItem) -> Reply:
        commands.take_item(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.ReleaseItem, allow=ANY_STAFF)
    def release_item(self, tx: Transaction, request: contract.ReleaseItem) -> Reply:
        commands.release_item(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.AssignItem, allow=ANY_STAFF)
    def assign_item(self, tx: Transaction, request: contract.AssignItem) -> Reply:
        commands.assign_item(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.RouteItem, allow=ANY_STAFF)
    def route_item(self, tx: Transaction, request: contract.RouteItem) -> Reply:
        commands.route_item(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.ReplyToItem, allow=ANY_STAFF)
    def reply_to_item(self, tx: Transaction, request: contract.ReplyToItem) -> Reply:
        commands.reply_to_item(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.AddNote, allow=ANY_STAFF)
    def add_note(self, tx: Transaction, request: contract.AddNote) -> Reply:
        commands.add_note(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.CompleteItem, allow=ANY_STAFF)
    def complete_item(self, tx: Transaction, request: contract.CompleteItem) -> Reply:
        commands.complete_item(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.ReopenItem, allow=ANY_STAFF)
    def reopen_item(self, tx: Transaction, request: contract.ReopenItem) -> Reply:
        commands.reopen_item(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    @rpc(contract.DecideRefill, allow=staff(*sorted(DECIDES_REFILLS)))
    def decide_refill(self, tx: Transaction, request: contract.DecideRefill) -> Reply:
        commands.decide_refill(tx, request, now=tx.now)
        return queries.show_item(tx, request.item_id)

    # Others' events

    @subscribe(ContactDetailsChanged)
    def on_contact_details_changed(self, tx: Transaction, event: ContactDetailsChanged) -> None:
        reactions.remember_person(tx, event)

    @subscribe(StaffLeft)
    def on_staff_left(self, tx: Transaction, event: StaffLeft) -> None:
        reactions.staff_left(tx, event)

    @subscribe(VisitLostProvider)
    def on_visit_lost_provider(self, tx: Transaction, event: VisitLostProvider) -> None:
        reactions.visit_lost_provider(tx, event)

    @subscribe(PaymentReviewDue)
    def on_payment_review_due(self, tx: Transaction, event: PaymentReviewDue) -> None:
        reactions.payment_review_due(tx, event)

    @subscribe(NoticeReachedNobody)
    def on_notice_reached_nobody(self, tx: Transaction, event: NoticeReachedNobody) -> None:
        reactions.notice_reached_nobody(tx, event)
