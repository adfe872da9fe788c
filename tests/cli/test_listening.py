"""Which port gRPC gets, and that nobody else gets it meanwhile."""

import socket

import pytest
from rackhouse_program import free_port

from rackhouse.cli.listening import reserve_grpc
from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.settings import Settings


def taken() -> socket.socket:
    """A port that somebody listens on."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


def test_the_port_that_is_named_is_kept_for_our_processes_alone() -> None:
    port = free_port()
    reserved = reserve_grpc(Settings(grpc_port=port))
    assert reserved is not None and reserved.getsockname() == ("127.0.0.1", port)
    with pytest.raises(InvalidSetting):
        reserve_grpc(Settings(grpc_port=port))
    with socket.socket() as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ours.bind(("127.0.0.1", port))
        ours.listen()
    reserved.close()


def test_unless_named_it_is_the_port_after_the_api_s() -> None:
    port = free_port()
    reserved = reserve_grpc(Settings(port=port - 1))
    assert reserved is not None and reserved.getsockname()[1] == port
    reserved.close()


def test_unless_named_there_is_none_where_somebody_else_listens() -> None:
    with taken() as other:
        assert reserve_grpc(Settings(port=other.getsockname()[1] - 1)) is None


def test_a_named_port_that_is_in_use_is_refused() -> None:
    with taken() as other, pytest.raises(InvalidSetting, match="RACKHOUSE_GRPC_PORT"):
        reserve_grpc(Settings(grpc_port=other.getsockname()[1]))


@pytest.mark.parametrize("settings", [Settings(grpc_port=0), Settings(port=65_535)])
def test_there_may_be_none(settings: Settings) -> None:
    assert reserve_grpc(settings) is None
