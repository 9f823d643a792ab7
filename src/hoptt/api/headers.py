"""The headers of every answer (S38)."""

from __future__ import annotations

from aiohttp import web

NO_PAGE_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For what is no page: even shown in a tab it loads and runs nothing."""
HSTS = "max-age=31536000"
PERMISSIONS = ", ".join(
    [f"{own}=(self)" for own in ("camera", "microphone", "display-capture", "fullscreen", "autoplay")]
    + [
        f"{nobody}=()"
        for nobody in ("accelerometer", "geolocation", "gyroscope", "magnetometer", "midi", "payment", "serial", "usb")
    ]
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Server": "hoptt",
}


def protect(answer: web.StreamResponse, *, secure: bool) -> None:
    """Set the headers of an answer; the page brings a policy of its own."""
    answer.headers.update(ALWAYS)
    answer.headers.setdefault("Content-Security-Policy", NO_PAGE_POLICY)
    answer.headers.setdefault("Cache-Control", "no-store")
    if secure:
        answer.headers["Strict-Transport-Security"] = HSTS
