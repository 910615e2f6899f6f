"""Attachments: note texts and documents, taken out of resources so that they can be sealed."""

from __future__ import annotations

import base64
import binascii
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from .datatypes import as_list, as_text

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_BREAKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "table", "ul"})
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """Content as it came: ``media_type`` without parameters, bytes or an address."""

    media_type: str | None
    title: str | None
    content: bytes | None
    url: str | None
    charset: str = "utf-8"

    def text(self) -> str | None:
        """The words of a plain-text or HTML attachment; None for everything else."""
        if self.content is None or self.media_type not in ("text/plain", "text/html"):
            return None
        try:
            words = self.content.decode(self.charset)
        except (UnicodeDecodeError, LookupError):
            words = self.content.decode("utf-8", errors="replace")
        words = words.replace("\x00", "").replace("\r\n", "\n")
        return text_of_html(words) if self.media_type == "text/html" else words.strip()


def attachments_of(resource: dict[str, Any]) -> list[Attachment]:
    """The attachments of a document, report, media or binary resource, in order."""
    return [_attachment(found) for found in _places(resource)]


def contents_of(resource: dict[str, Any]) -> dict[int, str]:
    """The content of each attachment that carries one, exactly as written, by position."""
    found = ((n, place.get("data")) for n, place in enumerate(_places(resource)))
    return {n: data for n, data in found if isinstance(data, str)}


def without_contents(resource: dict[str, Any]) -> dict[str, Any]:
    """A copy whose attachments carry no content: that is sealed beside it, so no open one stays."""
    made = copy.deepcopy(resource)
    for place in _places(made):
        if isinstance(place.get("data"), str):
            del place["data"]
    return made


def with_contents(resource: dict[str, Any], contents: dict[int, str]) -> dict[str, Any]:
    """The resource as it came, its contents put back by position."""
    made = copy.deepcopy(resource)
    for n, place in enumerate(_places(made)):
        if n in contents:
            place["data"] = contents[n]
    return made


def _places(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind = resource["resourceType"]
    found: list[Any] = []
    if kind == "Binary":
        found = [resource]
    elif kind == "DocumentReference":
        contents = as_list(resource.get("content"))
        found = [c.get("attachment") for c in contents if isinstance(c, dict)]
    elif kind == "Media":
        found = [resource.get("content")]
    elif kind == "DiagnosticReport":
        found = as_list(resource.get("presentedForm"))
    yield from (place for place in found if isinstance(place, dict))


def _attachment(found: dict[str, Any]) -> Attachment:
    declared = as_text(found.get("contentType")) or ""
    charset = _CHARSET.search(declared)
    return Attachment(
        media_type=declared.split(";")[0].strip().lower() or None,
        title=as_text(found.get("title")),
        content=_decoded(found.get("data")),
        url=as_text(found.get("url")),
        charset=charset.group(1) if charset else "utf-8",
    )


def _decoded(data: Any) -> bytes | None:
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        # Not base64 after all: keep what was sent rather than nothing.
        return data.encode(errors="replace")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002
        self.silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _SILENT))
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def text_of_html(markup: str) -> str:
    """The words of HTML without any of its markup, scripts or styles."""
    reader = _Words()
    reader.feed(markup)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
