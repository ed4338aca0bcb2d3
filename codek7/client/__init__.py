"""A codek7 server from Python: `Client` for scripts and notebooks, `AsyncClient` where there is a loop."""

from codek7.client.asynchronous import AsyncClient
from codek7.client.synchronous import Client

__all__ = ["AsyncClient", "Client"]
