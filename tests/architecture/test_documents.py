"""What the documents name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("services/*/*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
VARIABLE = re.compile(r"PORTICO_[A-Z]+(?:_[A-Z]+)+")
every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda d: str(d.relative_to(ROOT))
)


@pytest.fixture(scope="module")
def code() -> str:
    """The text of everything that reads settings."""
    folders = ("kit/portico_kit", "services", "gateway/gateway", "ops/portico_ops", "tests")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@every_document
def test_every_link_leads_somewhere(document):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith(("http://", "https://"))]
    assert [link for link in inside if not (document.parent / link).exists()] == []


@every_document
def test_every_variable_named_is_read_somewhere(document, code):
    """``PORTICO_SMTP_URL`` stands as it is, or is the field ``smtp_url`` of somebody's settings."""
    for name in set(VARIABLE.findall(document.read_text(encoding="utf-8"))):
        field = name.removeprefix("PORTICO_").removesuffix("_FILE").lower()
        is_made_of_parts = "RELAY" in name
        assert is_made_of_parts or name in code or f"    {field}:" in code, name


def test_decisions_are_numbered_without_gaps_and_say_how_they_stand():
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.match(rf"# {int(page.name[:4])}\. ", text), page.name
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, f"{page.name}: {part}"
