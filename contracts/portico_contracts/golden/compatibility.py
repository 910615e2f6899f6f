"""Whether everything that one JSON Schema allows is understood by another.

Knows the part of JSON Schema that ``schema.json_schema_of`` writes, and no more.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def misfits(given: Schema, taker: Schema, *, more_is_fine: bool, at: str = "") -> list[str]:
    """Why values of ``given`` may not fit ``taker``: one sentence each, none when all fit.

    ``more_is_fine`` says that the taker ignores fields that it does not know.
    """
    if taker.get("x-kind") != given.get("x-kind"):
        return [f"{at} is {given.get('x-kind')} instead of {taker.get('x-kind')}"]
    if _bare(taker) == {} or _bare(given) == _bare(taker):
        return []
    if "anyOf" in given or "anyOf" in taker:
        return _choices(given, taker, more_is_fine, at)
    if "enum" in given or "enum" in taker:
        return _words(given, taker, at)
    if given.get("type") != taker.get("type"):
        return [f"{at} is {given.get('type', 'anything')} instead of {taker.get('type')}"]
    check = {"object": _objects, "array": _lists, "string": _texts, "integer": _numbers}
    kind = str(given.get("type"))
    return check[kind](given, taker, more_is_fine, at) if kind in check else []


def _choices(given: Schema, taker: Schema, more_is_fine: bool, at: str) -> list[str]:
    options = taker.get("anyOf", [taker])
    found: list[str] = []
    for one in given.get("anyOf", [given]):
        answers = [misfits(one, o, more_is_fine=more_is_fine, at=at) for o in options]
        if all(answers):
            found += [f"{at} may be null"] if one == {"type": "null"} else answers[0]
    return found


def _words(given: Schema, taker: Schema, at: str) -> list[str]:
    if "enum" not in given:
        return [f"{at} is no longer one of {', '.join(map(str, taker['enum']))}"]
    if "enum" not in taker:
        fits = taker.get("type") == "string" and all(isinstance(w, str) for w in given["enum"])
        return [] if fits else [f"{at} is one of a few words instead of {taker.get('type')}"]
    return [f"{at} may be {word!r}" for word in given["enum"] if word not in taker["enum"]]


def _objects(given: Schema, taker: Schema, more_is_fine: bool, at: str) -> list[str]:
    if "properties" not in taker or "properties" not in given:
        inner = given.get("additionalProperties"), taker.get("additionalProperties")
        if isinstance(inner[0], dict) and isinstance(inner[1], dict):
            return misfits(inner[0], inner[1], more_is_fine=more_is_fine, at=f"{at}.*")
        return [f"{at} is another kind of object"]
    found = [f"{_dot(at, name)} may be missing" for name in _gone(given, taker)]
    for name, schema in given["properties"].items():
        place = _dot(at, name)
        if name in taker["properties"]:
            wanted = taker["properties"][name]
            found += misfits(schema, wanted, more_is_fine=more_is_fine, at=place)
        elif not more_is_fine:
            found.append(f"{place} is not known")
    return found


def _gone(given: Schema, taker: Schema) -> list[str]:
    """Fields that the taker relies on: those it requires, and those it once was promised."""
    return [name for name in taker["required"] if name not in given["required"]]


def _lists(given: Schema, taker: Schema, more_is_fine: bool, at: str) -> list[str]:
    found = misfits(given["items"], taker["items"], more_is_fine=more_is_fine, at=f"{at}[]")
    return found + _above(given, taker, "maxItems", at)


def _texts(given: Schema, taker: Schema, _more: bool, at: str) -> list[str]:
    for rule in ("format", "pattern"):
        if taker.get(rule) not in (None, given.get(rule)):
            return [f"{at} is not a {taker[rule]} any more"]
    return _above(given, taker, "maxLength", at) + _below(given, taker, "minLength", at)


def _numbers(given: Schema, taker: Schema, _more: bool, at: str) -> list[str]:
    return _above(given, taker, "maximum", at) + _below(given, taker, "minimum", at)


def _above(given: Schema, taker: Schema, rule: str, at: str) -> list[str]:
    most, wanted = given.get(rule), taker.get(rule)
    fits = wanted is None or (most is not None and most <= wanted)
    return [] if fits else [f"{at} has {rule} {most} instead of {wanted}"]


def _below(given: Schema, taker: Schema, rule: str, at: str) -> list[str]:
    least, wanted = given.get(rule), taker.get(rule)
    fits = wanted is None or (least is not None and least >= wanted)
    return [] if fits else [f"{at} has {rule} {least} instead of {wanted}"]


def _bare(schema: Schema) -> Schema:
    return {rule: value for rule, value in schema.items() if rule not in ("title", "x-kind")}


def _dot(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
