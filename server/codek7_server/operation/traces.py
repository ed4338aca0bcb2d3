"""Traces for an OpenTelemetry collector, where a setting names one and the extra `otel` is installed."""

from __future__ import annotations

from typing import Any

from codek7 import __version__
from codek7.core.errors import ToolMissing

TIMEOUT_S = 5


def tracing(url: str) -> list[Any]:
    """The middleware that makes a span of each request to the API and the pages, and sends them in batches to
    the collector; none where `url` is empty. Raises `ToolMissing`."""
    if not url:
        return []
    try:
        from litestar.plugins.opentelemetry import OpenTelemetryConfig
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:  # the framework's own is of another kind
        raise ToolMissing(
            "traces need the OpenTelemetry packages",
            hint="pip install 'codek7[otel]', or unset telemetry_url",
        ) from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": "codek7", "service.version": __version__})
    )
    exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    config = OpenTelemetryConfig(tracer_provider=provider, exclude_spans=["receive", "send"])
    return [config.middleware]
