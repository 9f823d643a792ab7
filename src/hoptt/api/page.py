"""The built page, read once at the start: no path of a request ever reaches the file system."""

from __future__ import annotations

import hashlib
import html
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from hoptt.errors import ErrorCode, HopttError

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Best first."""
IMMUTABLE = "/_app/immutable/"
HTML = ".html"
MAX_BYTES = 64 * 1024 * 1024
TYPES = {
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of the page, in each encoding that it was built in."""

    content_type: str
    etag: str
    cache: str
    bodies: Mapping[str, bytes]
    """By content coding; `identity` is always there."""
    policy: str | None = None
    """The content security policy of a page (each has scripts of its own), with what only a header can say."""


@dataclass(frozen=True, slots=True)
class Page:
    """All of it."""

    files: Mapping[str, File]
    """By path, `/mark.svg`."""

    @property
    def start(self) -> File:
        """The page of every room."""
        return self.files["/index.html"]

    @property
    def display(self) -> File:
        """The page of a bridge point's large screen, the same for every room."""
        return self.files["/room.html"]

    def at(self, path: str) -> File | None:
        """Give what stands at an address: a file, or a page without the end of its name (`/login`)."""
        return None if path.endswith(HTML) else self.files.get(path) or self.files.get(path + HTML)


def load_page(folder: Path) -> Page:
    """Read the page that `make page` built. Raises HopttError(CONFIG_INVALID)."""
    if any(not (folder / name).is_file() for name in ("index.html", "room.html")):
        raise HopttError(ErrorCode.CONFIG_INVALID, f"there is no page in {folder}: run `make page`")
    files = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.suffix in ENCODINGS.values():
            continue
        file = _file("/" + path.relative_to(folder).as_posix(), path, folder)
        size += sum(map(len, file.bodies.values()))
        if size > MAX_BYTES:
            raise HopttError(ErrorCode.CONFIG_INVALID, f"the page in {folder} is larger than any: run `make page`")
        files["/" + path.relative_to(folder).as_posix()] = file
    return Page(files)


def answer(file: File, request: web.Request) -> web.Response:
    """Give a file as the browser wants it: compressed where it takes that, and not at all when it has it.

    The policy goes with a 304 too: its headers replace those that the browser keeps (RFC 9111 §3.2).
    """
    headers = {"ETag": file.etag, "Cache-Control": file.cache, "Vary": "Accept-Encoding"}
    if file.policy is not None:
        headers["Content-Security-Policy"] = file.policy
    if _has(request, file.etag):
        return web.Response(status=304, headers=headers)
    coding = next((c for c in ENCODINGS if c in file.bodies and c in _accepted(request)), "identity")
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return web.Response(body=file.bodies[coding], headers=headers | {"Content-Type": file.content_type})


def _file(name: str, path: Path, folder: Path) -> File:
    plain = path.read_bytes()
    bodies = {"identity": plain}
    for coding, suffix in ENCODINGS.items():
        packed = path.with_name(path.name + suffix)
        if packed.is_file() and not packed.is_symlink():
            bodies[coding] = packed.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind in ("application/json", "image/svg+xml"):
        kind += "; charset=utf-8"
    cache = "public, max-age=31536000, immutable" if name.startswith(IMMUTABLE) else "no-cache"
    policy = _policy(plain.decode(), folder) if path.suffix == HTML else None
    return File(kind, f'"{hashlib.sha256(plain).hexdigest()[:32]}"', cache, bodies, policy)


def _policy(text: str, folder: Path) -> str:
    """Read the policy out of the page, so that header and page never differ: scripts by their hashes (S38)."""
    found = re.search(r'<meta http-equiv="content-security-policy" content="([^"]+)"', text, re.IGNORECASE)
    if found is None:
        raise HopttError(ErrorCode.CONFIG_INVALID, f"the page in {folder} names no security policy: run `make page`")
    policy = html.unescape(found.group(1)).strip().rstrip(";")
    unsafe = [
        word
        for word in ("'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*")
        if word in re.split(r"[\s;]+", policy)
    ]
    if unsafe or "script-src" not in policy:
        raise HopttError(ErrorCode.CONFIG_INVALID, f"the page in {folder} has a policy that allows too much: {policy}")
    return f"{policy}; frame-ancestors 'none'"


def _accepted(request: web.Request) -> set[str]:
    """RFC 9110 §12.5.3, as far as there is something to choose: a coding with q=0 is not wanted."""
    wanted = set()
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, parameters = part.partition(";")
        if not re.fullmatch(r"\s*q=0(\.0*)?\s*", parameters):
            wanted.add(coding.strip())
    return wanted


def _has(request: web.Request, etag: str) -> bool:
    said = request.headers.get("If-None-Match", "")
    return said.strip() == "*" or etag in [one.strip().removeprefix("W/") for one in said.split(",")]
