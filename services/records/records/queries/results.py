"""Laboratory results: the list, one result with its surroundings, and what waits for release."""

# ruff: noqa: S608 (statements are put together from constants; values always go as parameters)

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from portico_contracts import records as contract
from portico_contracts.refusal import NotFound
from records.domain.plain_words import codes_named, plain_name
from records.domain.results import FINAL, WITHDRAWN

from .paging import Row, in_words, like, page, place_of, rows

if TYPE_CHECKING:
    from portico_kit.database import Transaction

NEW_FOR = timedelta(days=30)
TREND_POINTS = 60
# By what of a result its trend and its neighbours are found.
SURROUNDED_BY = ("patient_id", "code", "name", "unit", "panel_id", "collected_at")

# Historical results come in by the thousand: only what was released lately counts as new.
COLUMNS = (
    "l.id AS result_id, l.name, l.code, l.value, l.shown, l.unit, "
    "l.range_low::text AS range_low, l.range_high::text AS range_high, l.range_text, l.flag, "
    "l.status, l.at AS collected_at, l.released_at, l.panel_id, l.panel, s.name AS source, "
    "l.performer, (l.first_viewed_at IS NULL AND l.released_at > :new_since) AS is_new, "
    "l.has_comment "
)
FROM = "FROM lab_result l JOIN source s ON s.id = l.source_id "
VISIBLE = f"l.released_at IS NOT NULL AND l.status NOT IN {in_words(WITHDRAWN)} "
SEARCHED = "AND (l.name ILIKE :like OR l.panel ILIKE :like OR l.code = ANY(:codes)) "
NEW = "AND l.first_viewed_at IS NULL AND l.released_at > :new_since "
NEWEST_FIRST = "ORDER BY l.at DESC, l.id DESC LIMIT :most"
BEFORE = "AND (l.at, l.id) < (:at, :id) "


def list_lab_results(tx: Transaction, request: contract.ListLabResults, *, now: datetime) -> Row:
    """A page of released results in one statement."""
    words = f"SELECT {COLUMNS}{FROM}WHERE l.patient_id = :patient_id AND {VISIBLE}"
    given: Row = {"patient_id": tx.patient_id, "new_since": now - NEW_FOR}
    if request.show == "new":
        words += NEW
    if request.q and request.q.strip():
        words += SEARCHED
        given |= {"like": like(request.q.strip()), "codes": codes_named(request.q.strip())}
    if request.cursor:
        words += BEFORE
        given |= place_of(request.cursor)
    made = page(tx, words + NEWEST_FIRST, given, limit=request.limit, key=_key)
    return _in_plain_words(made, request.language)


def show_lab_result(tx: Transaction, request: contract.ShowLabResult, *, now: datetime) -> Row:
    """One result with trend, neighbours and comments. Refusal: NotFound.

    Patients see released results of their own; staff see all.
    """
    patient_id = tx.patient_id if tx.actor.kind == "patient" else request.patient_id
    found = rows(
        tx,
        f"SELECT {COLUMNS}, l.code_system, l.interpretation, l.received_at, l.first_viewed_at, "
        f"l.patient_id {FROM}WHERE l.id = :id "
        "AND l.patient_id = coalesce(:patient_id, l.patient_id) "
        f"AND (:all OR ({VISIBLE}))",
        {
            "id": request.result_id, "patient_id": patient_id,
            "all": tx.actor.kind == "staff", "new_since": now - NEW_FOR,
        },
    )  # fmt: skip
    if not found:
        raise NotFound
    tx.concerns(found[0]["patient_id"])
    return _with_surroundings(tx, found[0], request.language, now=now)


def _with_surroundings(
    tx: Transaction, result: Row, language: contract.Language, *, now: datetime
) -> Row:
    given = {
        "id": result["result_id"], "new_since": now - NEW_FOR,
        "all": tx.actor.kind == "staff", "most": TREND_POINTS,
        **{name: result[name] for name in SURROUNDED_BY},
    }  # fmt: skip
    patient_id = result.pop("patient_id")
    _name(result, language)
    result["history"] = _history(tx, given)
    result["together"] = _together(tx, given, language)
    result["comments"] = _comments(tx, patient_id, result["result_id"])
    return result


def list_results_to_release(tx: Transaction, request: contract.ListResultsToRelease) -> Row:
    """What waits for a clinician, the longest-waiting first."""
    words = (
        "SELECT l.id AS result_id, l.patient_id, coalesce(p.name, '') AS patient_name, "
        "p.birth_date, l.name, l.code, l.shown, l.unit, l.range_text, l.flag, l.status, l.panel, "
        "l.at AS collected_at, l.received_at, s.name AS source "
        f"{FROM}LEFT JOIN patient p ON p.id = l.patient_id WHERE l.released_at IS NULL "
        f"AND l.status IN {in_words(FINAL)} "
    )
    given: Row = {}
    if request.cursor:
        words += "AND (l.received_at, l.id) > (:at, :id) "
        given = place_of(request.cursor)
    made = page(
        tx, words + "ORDER BY l.received_at, l.id LIMIT :most", given,
        limit=request.limit, key=lambda row: (row["received_at"], row["result_id"]),
    )  # fmt: skip
    tx.concerns(*{row["patient_id"] for row in made["items"]})
    for row in made["items"]:
        row["plain_name"] = plain_name(code=row.pop("code"), name=row["name"], language="en")
    return made


def newest_unopened(tx: Transaction, *, now: datetime, language: contract.Language) -> Row:
    """How many released results are unopened (99 at most), and the newest of them."""
    given = {"patient_id": tx.patient_id, "new_since": now - NEW_FOR, "most": 99}
    words = f"SELECT {COLUMNS}{FROM}WHERE l.patient_id = :patient_id AND {VISIBLE}{NEW}"
    found = rows(tx, words + NEWEST_FIRST, given)
    for row in found[:1]:
        _name(row, language)
    return {"new_results": len(found), "newest": found[0] if found else None}


def _history(tx: Transaction, given: Row) -> list[Row]:
    """Values of the same test in the same unit, oldest first."""
    same = "l.code = :code" if given["code"] else "l.name = :name"
    found = rows(
        tx,
        "SELECT l.id AS result_id, l.value, l.shown, l.flag, l.at AS collected_at, "
        f"s.name AS source {FROM}WHERE l.patient_id = :patient_id AND {same} "
        f"AND l.unit IS NOT DISTINCT FROM :unit AND (:all OR ({VISIBLE})) "
        f"AND l.value_number IS NOT NULL {NEWEST_FIRST}",
        given,
    )
    return found[::-1]


def _together(tx: Transaction, given: Row, language: contract.Language) -> list[Row]:
    """Other results of the same report, or without one of the same moment."""
    same = (
        "l.panel_id = :panel_id"
        if given["panel_id"]
        else ("l.at = :collected_at AND l.panel_id IS NULL")
    )
    found = rows(
        tx,
        f"SELECT {COLUMNS}{FROM}WHERE l.patient_id = :patient_id AND {same} AND l.id <> :id "
        f"AND (:all OR ({VISIBLE})) ORDER BY l.name, l.id LIMIT :most",
        given,
    )
    for row in found:
        _name(row, language)
    return found


def _comments(tx: Transaction, patient_id: UUID, result_id: UUID) -> list[Row]:
    found = rows(
        tx,
        "SELECT id AS comment_id, author_account_id, author, body_sealed, written_at "
        "FROM lab_comment WHERE result_id = :id ORDER BY written_at, id",
        {"id": result_id},
    )
    for row in found:
        row["body"] = tx.unseal(patient_id, row.pop("body_sealed"))
    return found


def _in_plain_words(made: Row, language: contract.Language) -> Row:
    for row in made["items"]:
        _name(row, language)
    return made


def _name(row: Row, language: contract.Language) -> None:
    row["plain_name"] = plain_name(code=row["code"], name=row["name"], language=language)


def _key(row: Row) -> Any:
    return row["collected_at"], row["result_id"]
