"""What the gateway may be told: where it listens, whom it believes, and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """Token buckets: refilled so many times a second, holding so many. Every route falls under one of them.

    An address has four times what one principal has, since several programs of one machine share it.
    """

    reads_per_s: float = 200.0
    reads_burst: int = 400
    writes_per_s: float = 100.0
    writes_burst: int = 200
    address_factor: int = 4
    sign_in_failures: int = 5
    sign_in_links: int = 20
    sign_in_window_s: int = 900
    streams_per_s: float = 5.0
    streams_burst: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Loopback by default. `is_https`: people reach us by https (directly or by a proxy), so cookies
    are `__Host-` and Secure. `hosts`: further names we answer to, without port; other Hosts are refused."""

    host: str = "127.0.0.1"
    port: int = 8000
    is_https: bool = False
    hosts: tuple[str, ...] = ()
    web_dist: Path | None = None
    home: str = ""
    body_bytes_max: int = 1_048_576
    import_bytes_max: int = 268_435_456
    imports_at_once: int = 1
    json_depth_max: int = 32
    header_bytes_max: int = 16_384
    headers_max: int = 64
    query_bytes_max: int = 8_192
    risk_deadline_ms: int = 100
    risk_answer_grace_ms: int = 400
    answers_kept_s: int = 7 * 24 * 3600
    rates: RateLimits = RateLimits()
    stream_clients_per_principal: int = 20
    stream_clients_max: int = 200
    stream_waiting_max: int = 5_000
    stream_send_max_s: float = 5.0
    stream_recheck_s: float = 2.0

    def __post_init__(self) -> None:
        assert 0 <= self.port <= 65_535, f"a port is 0 to 65535, was {self.port}"
        assert self.risk_deadline_ms > 0, "risk has a deadline"
