"""``python -m portico_contracts.asyncapi``: write the documents; ``--check`` only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .document import document
from .page import page

CONTRACTS = Path(__file__).parents[2]
DOCUMENT = CONTRACTS / "asyncapi.yaml"
PAGE = CONTRACTS.parent / "docs" / "events.md"


def documents() -> dict[Path, str]:
    """Each file and what should stand in it."""
    return {DOCUMENT: _yaml(document(version=_version())), PAGE: page()}


def main(arguments: list[str]) -> int:
    """Write what is not fresh; with ``--check`` name it instead, and return 1."""
    stale = {path: text for path, text in documents().items() if _text(path) != text}
    for path, text in stale.items():
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        print(path.relative_to(CONTRACTS.parent))
    return int(bool(stale) and "--check" in arguments)


def _yaml(value: Any) -> str:
    # A development tool: services have no YAML library and do not need one.
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:
            return True

    text: str = yaml.dump(value, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)
    return text


def _version() -> str:
    import tomllib

    project = tomllib.loads((CONTRACTS / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
