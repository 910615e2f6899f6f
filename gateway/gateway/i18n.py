"""Two languages: gettext catalogues read from .po files and compiled in memory at start."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import NullTranslations, Translations

HERE = Path(__file__).parent
LOCALE = HERE / "locale"
LANGUAGES = ("en", "es")
SOURCE = "en"
LANGUAGE_NAMES = {"en": "English", "es": "Español"}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {
    "templates/**.html": {
        "newstyle_gettext": "true",
        "trimmed": "true",
        "extensions": "jinja2.ext.do",
        "silent": "false",  # a template that cannot be read must not pass for one without words
    }
}


def N_(message: str) -> str:
    """Mark a string for translation where no language is known yet."""
    return message


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of one language; English is the source and needs none."""
    if language == SOURCE or language not in LANGUAGES:
        return NullTranslations()
    if not catalogue_path(language).exists():  # the very first extraction
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return Translations(compiled)


def translate(language: str, message: str, **values: object) -> str:
    """One sentence in a language, with its named values filled in."""
    text = translations(language).gettext(message)
    return text % values if values else text


def choose(wanted: Iterable[str | None], *, default: str = SOURCE) -> str:
    """The first wanted language that we speak: account, cookie, then browser."""
    for candidate in wanted:
        for tag in (candidate or "").split(","):
            language = tag.split(";")[0].strip().lower().split("-")[0]
            if language in LANGUAGES:
                return language
    return default


def catalogue_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language)


def extract() -> Catalog:
    """Every string that the templates and the code ask for, as a fresh template catalogue."""
    found = Catalog(project="Portico", version="1", copyright_holder="Portico")
    for path, line, message, comments, context in _messages():
        found.add(message, locations=[(path, line)], auto_comments=comments, context=context)
    return found


def _messages() -> Iterator[tuple[str, int, object, list[str], str | None]]:
    keywords = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "translate": (2,),
                "told": None, "wrong": (2,)}  # fmt: skip
    yield from extract_from_dir(
        HERE, METHODS, OPTIONS, keywords, comment_tags=("Translators:",), strip_comment_tags=True
    )


def update() -> None:
    """Write messages.pot, and bring every messages.po up to date with it."""
    template = extract()
    with (LOCALE / "messages.pot").open("wb") as target:
        write_po(target, template, width=100, omit_header=True, sort_output=True)
    for language in LANGUAGES[1:]:
        _update_one(language, template)


def _update_one(language: str, template: Catalog) -> None:
    path = catalogue_path(language)
    catalogue = read_catalogue(language) if path.exists() else Catalog(locale=language)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    with path.open("wb") as target:
        write_po(target, catalogue, width=100, sort_output=True, include_lineno=False)


if __name__ == "__main__":
    update()
    sys.exit(0)
