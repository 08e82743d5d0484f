"""Counters for `GET /metrics`, in Prometheus' text format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter("twinlens_requests", "Requests answered.", ["route", "status"], registry=self.registry)
        self.request_seconds = Histogram(
            "twinlens_request_seconds",
            "From the head of a request to the end of its reply.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.images = Counter("twinlens_images", "Pictures embedded.", registry=self.registry)
        self.failures = Counter(
            "twinlens_failures", "Requests for embeddings that failed.", ["reason"], registry=self.registry
        )
        self.batch_size = Histogram(
            "twinlens_batch_size", "Pictures in one run of the network.", buckets=(1, 2, 4, 8, 16, 32, 64), registry=self.registry
        )
        self.stage_seconds = Histogram(
            "twinlens_stage_seconds", "Time of a request by stage.", ["stage"], buckets=_SECONDS, registry=self.registry
        )
        self.waiting = Gauge("twinlens_waiting_images", "Pictures waiting for the network.", registry=self.registry)

    def text(self) -> bytes:
        return generate_latest(self.registry)
