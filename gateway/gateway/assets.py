"""Static files: minified, named by their content, compressed once at start, cached for good.

The names come from the content, so a page always gets the files that it was written for, and
a browser keeps them for a year. Nothing is written to disk.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
import rcssmin

HERE = Path(__file__).parent
STATIC = HERE / "static"
FONT = "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"
IMMUTABLE = "public, max-age=31536000, immutable"
LIVE = ("htmx", "hx-sse")
SHELL = ("css/app.css", "js/app.js", "icons.svg", "mark.svg", FONT)
TYPES = {".woff2": "font/woff2", ".js": "text/javascript; charset=utf-8"}
ALREADY_SMALL = frozenset({".woff2", ".png"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to send in each encoding."""

    name: str
    url: str
    media_type: str
    plain: bytes
    gzip: bytes | None
    brotli: bytes | None

    def best(self, accept_encoding: str) -> tuple[bytes, str | None]:
        """The smallest body that the browser takes, and its content-encoding."""
        if self.brotli is not None and "br" in accept_encoding:
            return self.brotli, "br"
        if self.gzip is not None and "gzip" in accept_encoding:
            return self.gzip, "gzip"
        return self.plain, None


class Assets:
    """Every static file by its plain name and by its address."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.by_name: dict[str, Asset] = {}
        for name in sorted(files, key=_dependencies_first):
            self.by_name[name] = _prepare(name, self._filled(name, files[name]))
        self.by_url = {asset.url: asset for asset in self.by_name.values()}

    def url(self, name: str) -> str:
        """The address of a file for templates: ``asset('css/app.css')``."""
        return self.by_name[name].url

    def _filled(self, name: str, body: bytes) -> bytes:
        if name == "css/app.css":
            return body.replace(b"../" + FONT.encode(), self.url(FONT).encode())
        if name == "app.webmanifest":
            return body.replace(b"/static/mark.svg", self.url("mark.svg").encode())
        if name == "js/sw.js":
            shell = [self.url(part) for part in SHELL]
            version = hashlib.sha256("".join(shell).encode()).hexdigest()[:10]
            body = body.replace(b"'@shell@'", json.dumps(shell).encode())
            return body.replace(b"@version@", version.encode())
        return body

    async def __call__(self, scope, _receive, send) -> None:  # type: ignore[no-untyped-def]
        """Serve ``/static/…`` as an ASGI application (mount it there)."""
        asset = self.by_url.get(scope["path"])
        if asset is None or scope["method"] not in ("GET", "HEAD"):
            await _answer(send, status=404, headers=[], body=b"")
            return
        await self.send(asset, scope=scope, send=send, caching=IMMUTABLE)

    async def send(self, asset: Asset, *, scope, send, caching: str) -> None:  # type: ignore[no-untyped-def]
        """Send one file: also for ``/sw.js``, which must keep its name and be asked for anew."""
        body, encoding = asset.best(_accepted(scope))
        headers = [
            (b"content-type", asset.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", caching.encode()),
            (b"vary", b"Accept-Encoding"),
        ]
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        await _answer(
            send, status=200, headers=headers, body=b"" if scope["method"] == "HEAD" else body
        )


async def _answer(send, *, status: int, headers: list, body: bytes) -> None:  # type: ignore[no-untyped-def]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _accepted(scope) -> str:  # type: ignore[no-untyped-def]
    return next((v.decode("latin-1") for k, v in scope["headers"] if k == b"accept-encoding"), "")


def _dependencies_first(name: str) -> tuple[int, str]:
    late = {"css/app.css": 1, "app.webmanifest": 1, "js/sw.js": 2}
    return late.get(name, 0), name


def _prepare(name: str, body: bytes) -> Asset:
    stem, dot, suffix = name.rpartition(".")
    mark = hashlib.sha256(body).hexdigest()[:10]
    packed = f".{suffix}" not in ALREADY_SMALL
    media_type = TYPES.get(f".{suffix}") or mimetypes.guess_type(name)[0] or "text/plain"
    return Asset(
        name=name,
        url=f"/static/{stem}.{mark}{dot}{suffix}",
        media_type="application/manifest+json" if suffix == "webmanifest" else media_type,
        plain=body,
        gzip=gzip.compress(body, 9, mtime=0) if packed else None,
        brotli=brotli.compress(body, quality=11) if packed else None,
    )


def read_static() -> dict[str, bytes]:
    """The files as they are served: one sheet with the tokens in front, minified."""
    files = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in STATIC.rglob("*")
        if path.is_file()
    }
    tokens = files.pop("css/tokens.css").decode()
    files["css/app.css"] = _minify(forced_dark(tokens) + files["css/app.css"].decode())
    files["css/staff.css"] = _minify(files["css/staff.css"].decode())
    # One file: htmx looks through the page as soon as it is there, and a part of it that comes by a
    # script of its own may come too late. Then the page would never hear of anything.
    files["js/live.js"] = b"\n".join(files.pop(f"vendor/{name}.min.js") for name in LIVE)
    for name in ("js/app.js", "js/sw.js", "js/staff.js"):
        if name in files:
            files[name] = slim_script(files[name].decode()).encode()
    return files


def _minify(sheet: str) -> bytes:
    return rcssmin.cssmin(sheet).encode()


def slim_script(source: str) -> str:
    """Drop whole-line comments and indentation; the code itself stays as written."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def forced_dark(tokens: str) -> str:
    """Repeat the dark tokens for people who chose dark in their settings."""
    block = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\n  \}', tokens, re.DOTALL)
    if block is None:
        raise ValueError("tokens.css holds no dark block")
    return f'{tokens}\n:root[data-theme="dark"] {{{block.group(1)}}}\n'


@cache
def load() -> Assets:
    """Prepare everything once a process."""
    return Assets(read_static())


def icons_used() -> set[str]:
    """Every word in the templates and words.py that could name an icon."""
    sources = [*(HERE / "templates").rglob("*.html"), HERE / "words.py", HERE / "templating.py"]
    words: set[str] = set()
    for path in sources:
        if path.exists():
            words |= set(re.findall(r"['\"]([a-z0-9]+(?:-[a-z0-9]+)*)['\"]", path.read_text()))
    return words


def build_sprite(icons: Path) -> int:
    """Draw static/icons.svg from a folder of Lucide icons (ISC licence); returns the count."""
    symbols = [
        _symbol(name, icons / f"{name}.svg")
        for name in sorted(icons_used())
        if (icons / f"{name}.svg").exists()
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence -->'
    (STATIC / "icons.svg").write_text(head + "".join(symbols) + "</svg>")
    return len(symbols)


def _symbol(name: str, path: Path) -> str:
    found = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
    if found is None:
        raise ValueError(f"{path.name} holds no drawing")
    inner = re.sub(r"\s+", " ", found.group(1)).replace("> <", "><").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


if __name__ == "__main__":
    print(build_sprite(Path(sys.argv[1])), "icons")
