"""Protection against other sites: our Host names, the Origins that may act, the token of a session."""

from __future__ import annotations

import hmac
from hashlib import sha256

from starlette.datastructures import Headers

from jts.gateway.problems import Problem
from jts.gateway.settings import LOOPBACK_HOSTS, GatewaySettings

CSRF_HEADER = "x-jts-csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(session_secret: str) -> str:
    """The token of a session: a digest of its secret, so it need not be kept and ends with it."""
    return sha256(f"jts cross-site\x1f{session_secret}".encode()).hexdigest()


def check_host(headers: Headers, settings: GatewaySettings) -> None:
    """Answer to our own names only, or a page elsewhere could point its name at us (DNS rebinding).

    Errors: Problem 400 or 421.
    """
    hosts = headers.getlist("host")
    if len(hosts) != 1:
        raise Problem(400, f"expected one Host header, found {len(hosts)}")
    name = _name_of(hosts[0])
    if name not in LOOPBACK_HOSTS and name not in settings.hosts and name != settings.host:
        raise Problem(
            421, f"expected a host name of this platform, found {name[:80]!r}; names are in settings"
        )


def check_origin(headers: Headers, settings: GatewaySettings, *, is_needed: bool) -> None:
    """Refuse what another site's page sends. Errors: Problem 403."""
    origins = headers.getlist("origin")
    if len(origins) > 1 or (is_needed and not origins):
        raise Problem(403, f"expected one Origin header, found {len(origins)}")
    if origins and origins[0].lower() != _own_origin(headers, settings):
        raise Problem(403, f"expected a request of our own page, found one of {origins[0][:80]!r}")
    site = headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none"):
        raise Problem(403, f"expected a request of our own page, found Sec-Fetch-Site: {site[:20]!r}")


def check_change(
    method: str, headers: Headers, session_secret: str | None, settings: GatewaySettings
) -> None:
    """A change under a cookie has the session's token and comes from our own page. Errors: Problem 403."""
    if method in SAFE_METHODS or session_secret is None:
        return
    check_origin(headers, settings, is_needed=False)
    given = headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(session_secret).encode()):
        raise Problem(403, "expected the header X-JTS-CSRF with the `csrf` of GET /api/v1/session")


def _own_origin(headers: Headers, settings: GatewaySettings) -> str:
    scheme = "https" if settings.is_https else "http"
    return f"{scheme}://{headers['host']}".lower()


def _name_of(host: str) -> str:
    """The name without its port; `[::1]:8000` gives `::1`."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
