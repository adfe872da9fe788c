"""gRPC: what it says is what the JSON messages say, and the server tells clients what it is."""

import datetime
import importlib.util
import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from rpc_clients import RpcClient, told
from stream_clients import Ended, Refused, Server, free_port, serving

from rackhouse.feeds import shapes
from rackhouse.feeds.messages import Change, Message, closed, error, heartbeat, live, signed_in
from rackhouse.feeds.rpc import packing, sync
from rackhouse.feeds.rpc import rackhouse_pb2 as pb
from rackhouse.inventory import LEVELS
from rackhouse.modules import MODULES
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.events import Event, Position
from rackhouse.platform.house import House
from rackhouse.platform.http import Command, CommandAnswer

ROOT = Path(__file__).parents[2]

SAME = {
    "Authenticate": shapes.Authenticate,
    "Authenticated": shapes.Authenticated,
    "Change": shapes.ChangeShape,
    "Closed": shapes.Closed,
    "Command": Command,
    "Error": shapes.Error,
    "Heartbeat": shapes.Heartbeat,
    "Live": shapes.Live,
    "Result": shapes.Result,
    "Snapshot": shapes.Snapshot,
    "StockRow": shapes.StockRow,
    "Subscribe": shapes.Subscribe,
}
"""The messages that have the members of a JSON message."""

AROUND = {"Changes", "Filter", "Results", "SyncMessage", "SyncRequest"}
"""Those that hold others; the filter's fields are compared with the filter's."""


def writing_script() -> ModuleType:
    """scripts/write_protobuf.py."""
    path = ROOT / "scripts" / "write_protobuf.py"
    spec = importlib.util.spec_from_file_location("write_protobuf", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_code_of_the_messages_is_what_the_proto_file_makes() -> None:
    script = writing_script()
    kept = {path.name: path.read_text("utf-8") for path in script.FOLDER.glob("*_pb2.py*")}
    assert script.generated() == kept


def members_of(message: Any) -> set[str]:
    return {field.name for field in message.fields}


@pytest.mark.parametrize("name", sorted(SAME))
def test_a_message_has_the_members_of_the_json_message(name: str) -> None:
    message = pb.DESCRIPTOR.message_types_by_name[name]
    assert members_of(message) == set(SAME[name].__struct_fields__)


def test_every_message_is_compared() -> None:
    assert set(pb.DESCRIPTOR.message_types_by_name) == SAME.keys() | AROUND
    filter_message = pb.DESCRIPTOR.message_types_by_name["Filter"]
    assert members_of(filter_message) == {"sku", "product", "location", "channel", "type"}
    kinds = {each.__name__ for each in shapes.SENT}
    inside = {
        field.message_type.name
        for field in pb.SyncMessage.DESCRIPTOR.oneofs_by_name["message"].fields
    }
    assert inside == kinds - {"ChangeShape", "Result"} | {"Changes", "Results"}


def test_figures_have_the_same_names_everywhere() -> None:
    figures = {*LEVELS, "available"}
    for shape in (shapes.StockRow, shapes.ChangeShape):
        assert figures <= set(shape.__struct_fields__)


def change(**more: Any) -> Change:
    """A change of stock as the log has it."""
    facts = {"quantity": 300, "on_hand": 20, "held": 300, "committed": 0, **more}
    event = Event(
        position=Position(7, 9),
        stream="GIN@berlin",
        version=300,
        type="HoldPlaced",
        data=msgspec.json.encode(facts).decode(),
        channel="pos-3",
        actor="ada",
        correlation_id="x",
        recorded_at=datetime.datetime(2026, 11, 20, 10, 0, 0, 123456, datetime.UTC),
        hash=b"",
    )
    return Change("inventory", event)


def unpacked(messages: list[Message]) -> list[dict[str, Any]]:
    return [
        message
        for written in packing.packed_messages(messages)
        for message in told(pb.SyncMessage.FromString(written))
    ]


def test_messages_are_packed_as_they_are_written_as_json() -> None:
    of_stock = change(safety=2)
    messages = [
        live("a"),
        Message.of(of_stock, "inventory.7-9"),
        Message.of(of_stock, "inventory.7-10"),
        heartbeat(None),
        error(MalformedRequest(field="sku", problem="odd")),
        signed_in(),
        closed("too_slow", "more than 10", "b" * 200),
    ]
    assert unpacked(messages) == [msgspec.json.decode(each.json) for each in messages]
    assert len(list(packing.packed_messages(messages))) == len(messages) - 1


def test_a_result_is_packed_as_it_is_written_as_json() -> None:
    answers = [CommandAnswer(201, b'{"id":"x"}', False), CommandAnswer(204, b"", True)]
    pieces = [packing.packed_result(str(number), each) for number, each in enumerate(answers)]
    results = pb.SyncMessage.FromString(packing.packed_results(pieces))
    assert list(told(results)) == [
        {"type": "result", "id": "0", "status": 201, "body": {"id": "x"}},
        {"type": "result", "id": "1", "status": 204, "body": None, "replayed": True},
    ]


async def test_the_server_tells_that_it_serves_and_what(server: Server) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "rackhouse.v1.Rackhouse"):
            asked = health_pb2.HealthCheckRequest(service=service)
            answer = await health.Check(asked)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(
            file_containing_symbol="rackhouse.v1.Rackhouse"
        )
        listed = reflection_pb2.ServerReflectionRequest(list_services="")
        found = [each async for each in reflection.ServerReflectionInfo(iter([asked, listed]))]
    files = found[0].file_descriptor_response.file_descriptor_proto
    assert pb.DESCRIPTOR.serialized_pb in files
    services = {each.name for each in found[1].list_services_response.service}
    assert {"rackhouse.v1.Rackhouse", "grpc.health.v1.Health"} <= services


@pytest.mark.parametrize(
    ("token", "problem", "status"),
    [
        (None, "token-missing", "UNAUTHENTICATED"),
        ("forged", "invalid-token", "UNAUTHENTICATED"),
    ],
)
async def test_a_call_without_a_good_token_is_refused_with_its_problem(
    server: Server, token: str | None, problem: str, status: str
) -> None:
    with pytest.raises(Refused) as refused:
        await RpcClient.open(server.grpc_port, token)
    assert refused.value.problem["type"] == f"/problems/{problem}"
    assert refused.value.problem["grpc_status"] == status


async def test_a_refused_subscription_has_the_status_of_its_kind(
    server: Server, token: str
) -> None:
    for asked, status in (
        ({"product": "no-such-product"}, "NOT_FOUND"),
        ({"type": "BottleDropped"}, "INVALID_ARGUMENT"),
    ):
        with pytest.raises(Refused) as refused:
            await RpcClient.open(server.grpc_port, token, **asked)
        assert refused.value.problem["grpc_status"] == status


async def test_a_call_that_asks_for_nothing_is_ended(
    server: Server, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "FIRST_MESSAGE_SECONDS", 0.05)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        method = channel.stream_stream("/rackhouse.v1.Rackhouse/Sync")
        call = method(metadata=(("authorization", f"Bearer {token}"),))
        assert (await call.code()).name == "INVALID_ARGUMENT"


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = folder / "certificate.pem", folder / "key.pem"
    written[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    written[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return written


@pytest.fixture
async def encrypted(house: House, tmp_path: Path) -> AsyncIterator[Server]:
    """A service whose gRPC is encrypted."""
    certificate, key = certified(tmp_path)
    settings = msgspec.structs.replace(
        house.settings,
        grpc_port=free_port(),
        grpc_tls_certificate=certificate,
        grpc_tls_key=key,
    )
    async with serving(House(settings, MODULES)) as server:
        yield server


async def test_a_call_can_be_encrypted(encrypted: Server, token: str) -> None:
    certificate = encrypted.house.settings.grpc_tls_certificate
    assert certificate is not None
    credentials = grpc.ssl_channel_credentials(certificate.read_bytes())
    first = pb.SyncRequest(subscribe=pb.Subscribe(filter=pb.Filter(sku=["nothing"])))
    client = await RpcClient.connect(encrypted.grpc_port, token, first, credentials)
    assert (await client.next())["type"] == "live"
    await client.close()
    with pytest.raises(Ended):
        await RpcClient.connect(encrypted.grpc_port, token, first)
    await encrypted.nobody_follows()
