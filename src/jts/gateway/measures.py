"""What the gateway measures of itself, for Prometheus, in a registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class GatewayMeasures:
    """Counted by route template and never by address or id, so that the number of series stays bounded."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "jts_http_requests",
            "Requests by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "jts_http_request_seconds",
            "How long answers took.",
            ("route", "method"),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self.stream_clients = Gauge(
            "jts_stream_clients", "Pages and programs that follow the stream.", registry=self.registry
        )
        self.stream_frames = Counter(
            "jts_stream_frames", "Frames sent on the stream.", ("type",), registry=self.registry
        )
        self.stream_dropped = Counter(
            "jts_stream_dropped", "Clients dropped because they read too slowly.", registry=self.registry
        )
        self.orders_open = Gauge("jts_orders_open", "Orders that have not ended.", registry=self.registry)
        self.orders_unknown = Gauge(
            "jts_orders_unknown", "Orders whose truth the broker has not told yet.", registry=self.registry
        )
        self.kill_engaged = Gauge(
            "jts_kill_engaged", "1 while the kill switch holds.", registry=self.registry
        )

    def answered(self, *, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)
