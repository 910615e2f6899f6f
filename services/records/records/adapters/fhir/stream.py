"""Reads a large JSON object piece by piece: constant memory, exact decimals, bounded depth.

On the standard library's C scanner, which gives up on deep nesting in time. (An incremental
parser that keeps a path, such as ijson, took 20 GB for 100,000 opening brackets.)
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

CHUNK = 256 * 1024
# Characters. A single entry beyond this is no health record; memory must stay bounded.
LARGEST_VALUE = 64 * 1024 * 1024
# A piece that is cut off fails within this distance of its end; an error before is a real one.
NEAR_END = 16


class NotJson(ValueError):
    """The text is not JSON; says what was expected, never what was there."""


def no_constant(name: str) -> Any:
    """JSON knows neither NaN nor Infinity, whatever Python's reader thinks."""
    raise NotJson(f"{name} is not JSON")


def exact(written: str) -> Decimal:
    """A number with every digit. Raises NotJson beyond what any decimal can hold."""
    try:
        return Decimal(written)
    except InvalidOperation:
        raise NotJson("a number out of all bounds") from None


DECODER = json.JSONDecoder(parse_float=exact, parse_constant=no_constant)


class JsonStream:
    """A place in a JSON text that is read as it goes on."""

    def __init__(self, content: BinaryIO) -> None:
        self._text = io.TextIOWrapper(content, encoding="utf-8")
        self._buffer = ""
        self._at = 0
        self._ended = False

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; read or skip each value before the next key.

        Raises NotJson, also when anything follows the object.
        """
        self._expect("{")
        if self._next() == "}":
            self._at += 1
        else:
            yield from self._keys()
        if self._next() != "":
            raise NotJson("text after the end")

    def items(self) -> Iterator[Any]:
        """The items of the array that begins here, one by one."""
        self._expect("[")
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if not self._goes_on("]"):
                return

    def value(self) -> Any:
        """The whole value that begins here. Raises NotJson or RecursionError."""
        self._next()
        while True:
            try:
                found, end = DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as problem:
                if self._ended or not self._may_be_cut(problem):
                    raise NotJson(problem.msg) from None
            else:
                # A number at the very end may go on in the next piece.
                if end < len(self._buffer) or self._ended:
                    self._at = end
                    return found
            self._read_on()

    def skip(self) -> None:
        """Go past the value that begins here; a long array is never held as a whole."""
        if self._next() == "[":
            for _item in self.items():
                pass
        else:
            self.value()

    def begins(self) -> str:
        """The first character of the value that begins here; "" at the end."""
        return self._next()

    def _keys(self) -> Iterator[str]:
        while True:
            key = self.value() if self._next() == '"' else None
            if not isinstance(key, str):
                raise NotJson("Expecting a property name")
            self._expect(":")
            yield key
            if not self._goes_on("}"):
                return

    def _goes_on(self, closing: str) -> bool:
        found = self._next()
        if found not in (",", closing):
            raise NotJson("the text ends too early" if found == "" else "Expecting ',' delimiter")
        self._at += 1
        return found == ","

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise NotJson(f"Expecting '{character}'")
        self._at += 1

    def _next(self) -> str:
        while True:
            while self._at < len(self._buffer):
                character = self._buffer[self._at]
                if character not in " \t\r\n":
                    return character
                self._at += 1
            if self._ended:
                return ""
            self._read_on()

    def _may_be_cut(self, problem: json.JSONDecodeError) -> bool:
        near_end = problem.pos >= len(self._buffer) - NEAR_END
        return near_end or problem.msg.startswith("Unterminated string")

    def _read_on(self) -> None:
        held = self._buffer[self._at :]
        if len(held) > LARGEST_VALUE:
            raise NotJson("a single entry of more than 64 MB")
        # Doubling keeps the reading of a large value linear although it starts over.
        more = self._text.read(max(CHUNK, len(held)))
        self._ended = more == ""
        self._buffer = held + more
        self._at = 0
