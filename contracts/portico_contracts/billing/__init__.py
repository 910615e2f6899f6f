"""What billing promises: statements, payments, receipts, the ledger's trial balance.

Money is integer cents with a currency. No card data ever passes here: the patient types a
card at the processor's own page, and we hear only how it ended.
"""

from .bills import (
    CardEventTaken,
    FinishPayment,
    HomeBills,
    HomeBillsReply,
    LineRow,
    ListStatements,
    PaymentRow,
    PaymentStarted,
    RecordCardEvent,
    ShowPayment,
    ShowStatement,
    StartPayment,
    StatementDetail,
    StatementPage,
    StatementRow,
)
from .books import (
    AccountBalance,
    IssueStatement,
    LedgerBalance,
    NewLine,
    StatementIssuedReply,
    TrialBalance,
)
from .events import PaymentFailed, PaymentReviewDue, PaymentSucceeded, StatementIssued
from .kinds import MOST_CENTS, PaymentState, StatementState, Trouble
from .refusals import (
    AmountTooHigh,
    AmountTooLow,
    CardUnavailable,
    NoLines,
    NothingOwed,
    PaymentInFlight,
    WrongReturn,
    WrongSignature,
    WrongSplit,
)

__all__ = [
    "MOST_CENTS",
    "AccountBalance",
    "AmountTooHigh",
    "AmountTooLow",
    "CardEventTaken",
    "CardUnavailable",
    "FinishPayment",
    "HomeBills",
    "HomeBillsReply",
    "IssueStatement",
    "LedgerBalance",
    "LineRow",
    "ListStatements",
    "NewLine",
    "NoLines",
    "NothingOwed",
    "PaymentFailed",
    "PaymentInFlight",
    "PaymentReviewDue",
    "PaymentRow",
    "PaymentStarted",
    "PaymentState",
    "PaymentSucceeded",
    "RecordCardEvent",
    "ShowPayment",
    "ShowStatement",
    "StartPayment",
    "StatementDetail",
    "StatementIssued",
    "StatementIssuedReply",
    "StatementPage",
    "StatementRow",
    "StatementState",
    "TrialBalance",
    "Trouble",
    "WrongReturn",
    "WrongSignature",
    "WrongSplit",
]
