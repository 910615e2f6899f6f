"""The words of identity: kinds of account, roles, languages, states."""

from __future__ import annotations

from typing import Literal

Kind = Literal["patient", "staff"]
Language = Literal["en", "es"]
Role = Literal["clinician", "nurse", "front_desk", "billing", "practice_administrator"]
InvitationState = Literal["issued", "opened", "accepted", "expired", "replaced", "locked"]
