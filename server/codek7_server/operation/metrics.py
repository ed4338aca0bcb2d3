"""Numbers for Prometheus: counted where things happen, or read when they are asked for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

MEDIA_TYPE = CONTENT_TYPE_LATEST
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
log = logging.getLogger("codek7.server")


class Watched(NamedTuple):
    """A number, or one for each value of a label, that is read when somebody asks for the metrics."""

    kind: Literal["counter", "gauge"]
    name: str
    help: str
    read: Callable[[], float | Mapping[str, float]]
    label: str = ""


class Metrics:
    """The metrics of one server. Names begin with `codek7_`; base units, as Prometheus has it."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs; it only doubles the series
        self._registry = CollectorRegistry()
        self._watched: list[Watched] = []
        self.requests = Counter(
            "codek7_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self.request_seconds = Histogram(
            "codek7_request_seconds", "Time until a request was answered in full.", ("method", "route"),
            buckets=BUCKETS_S, registry=self._registry,
        )  # fmt: skip
        started = time.time()
        self.watch("gauge", "codek7_start_time_seconds", "When the server started.", lambda: started)
        ProcessCollector(registry=self._registry)
        self._registry.register(_Reading(self._watched))

    def watch(
        self,
        kind: Literal["counter", "gauge"],
        name: str,
        help: str,
        read: Callable[[], float | Mapping[str, float]],
        label: str = "",
    ) -> None:
        """`read` is asked whenever the metrics are, in a thread; with `label`, it returns a number for each
        value of the label. Counters' names get the suffix `_total`."""
        self._watched.append(Watched(kind, name, help, read, label))

    def text(self) -> bytes:
        """All of them, in Prometheus' text format (`MEDIA_TYPE`). Blocks: some are read from the catalog."""
        return generate_latest(self._registry)


class _Reading(Collector):
    def __init__(self, watched: list[Watched]) -> None:
        self._watched = watched

    def describe(self) -> Iterable[Metric]:
        return ()  # nothing is read before it is asked for

    def collect(self) -> Iterator[Metric]:
        for watched in tuple(self._watched):
            try:
                found = watched.read()
            except Exception as error:  # one that cannot be read leaves the others
                log.warning("the metric %s cannot be read: %s", watched.name, error)
            else:
                yield _family(watched, found)


def _family(watched: Watched, found: float | Mapping[str, float]) -> Metric:
    labels = [watched.label] if watched.label else []
    kind = CounterMetricFamily if watched.kind == "counter" else GaugeMetricFamily
    family = kind(watched.name, watched.help, labels=labels)
    for label, value in found.items() if isinstance(found, Mapping) else [("", found)]:
        family.add_metric([label] if watched.label else [], value)
    return family
