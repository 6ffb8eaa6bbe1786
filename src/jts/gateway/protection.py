"""The headers that every answer carries, so that a browser helps to keep the platform safe."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

from jts.gateway.settings import GatewaySettings

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), clipboard-read=()"
)
_HSTS = "max-age=31536000; includeSubDomains"


def protect(headers: MutableHeaders, *, is_api: bool, correlation_id: str, settings: GatewaySettings) -> None:
    """Set them in place; what a route set itself (such as its caching) stays."""
    headers["X-Correlation-Id"] = correlation_id
    headers["Content-Security-Policy"] = API_POLICY if is_api else PAGE_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = _PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if settings.is_https:
        headers["Strict-Transport-Security"] = _HSTS
    if is_api or "cache-control" not in headers:
        headers["Cache-Control"] = "no-store"
