"""The gRPC server of one process, beside its HTTP: Sync, reflection and health."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rackhouse.feeds.connections import Authenticator
from rackhouse.feeds.errors import GrpcNotServed
from rackhouse.feeds.hub import Hub
from rackhouse.feeds.rpc import rackhouse_pb2 as pb
from rackhouse.feeds.rpc.sync import SyncCall
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

__all__ = ["SERVICE", "serving"]

SERVICE = pb.DESCRIPTOR.services_by_name["Rackhouse"].full_name
# A batch of commands, each with the largest body, is split by its client.
REQUEST_OVERHEAD_BYTES = 131_072
STOP_SECONDS = 1.0
PING_SECONDS = 20

_log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def serving(house: House, authenticate: Authenticator) -> AsyncIterator[None]:
    """Serve until left; then streams end with their reason. Refuses with `GrpcNotServed`."""
    settings = house.settings
    server = grpc.aio.server(options=_options(settings))
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    server.add_generic_rpc_handlers((_handlers(house, authenticate),))
    reflection.enable_server_reflection(
        (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server
    )
    _listen(server, settings)
    await server.start()
    for name in ("", SERVICE):
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    try:
        yield
    finally:
        await checks.enter_graceful_shutdown()
        house.the(Hub).end_all("shutting_down")
        await server.stop(STOP_SECONDS)


def _handlers(house: House, authenticate: Authenticator) -> grpc.GenericRpcHandler:
    async def sync(_: object, context: grpc.aio.ServicerContext) -> None:
        await SyncCall(house, authenticate, context).serve()

    # What goes out is encoded already, once for everyone who gets it.
    method = grpc.stream_stream_rpc_method_handler(
        sync, request_deserializer=pb.SyncRequest.FromString, response_serializer=None
    )
    return grpc.method_handlers_generic_handler(SERVICE, {"Sync": method})


def _listen(server: grpc.aio.Server, settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"{host}:{settings.grpc_port}"
    try:
        if settings.grpc_tls_certificate is None:
            server.add_insecure_port(address)
        else:
            server.add_secure_port(address, _credentials(settings))
    except (RuntimeError, OSError) as error:
        raise GrpcNotServed(address=address, problem=str(error)) from error


def _credentials(settings: Settings) -> grpc.ServerCredentials:
    assert settings.grpc_tls_certificate is not None
    key = Path(settings.grpc_tls_key or settings.grpc_tls_certificate)
    pair = (key.read_bytes(), Path(settings.grpc_tls_certificate).read_bytes())
    return grpc.ssl_server_credentials([pair])


def _options(settings: Settings) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 1),  # every process listens on the same port
        ("grpc.max_receive_message_length", settings.max_body_bytes + REQUEST_OVERHEAD_BYTES),
        ("grpc.keepalive_time_ms", PING_SECONDS * 1000),
        ("grpc.keepalive_timeout_ms", PING_SECONDS * 1000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", PING_SECONDS * 500),
    ]
