"""An adapter of a third party: a package that is installed beside the house, and nothing else."""

import sys
from pathlib import Path

import pytest

from houses import context_of, shop_in
from rackhouse.connectors import Adapters, check_connection, open_connection
from rackhouse.platform.house import House

PACKAGE = '''
import msgspec
from rackhouse.connectors import Adapter, ItemPage, Pace, RemoteItem, Standing


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but a greeting."""

    greeting: str


async def check(remote):
    return Standing(account=remote.settings.greeting)


async def items(remote, cursor):
    return ItemPage(items=[RemoteItem(id="1", sku="A", name="A")])


ADAPTER = Adapter(
    name="greeter",
    title="A greeter",
    settings=Settings,
    secrets={},
    target=(),
    pace=lambda settings: Pace(1, 1),
    check=check,
    items=items,
)
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages: one with an adapter, one that can not be loaded."""
    (tmp_path / "greeter_adapter.py").write_text(PACKAGE)
    (tmp_path / "broken_adapter.py").write_text("raise RuntimeError('broken')")
    for name in ("greeter", "broken"):
        folder = tmp_path / f"{name}_adapter-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        points = f"[rackhouse.adapters]\n{name} = {name}_adapter:ADAPTER\n"
        (folder / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("greeter_adapter", None)


async def test_an_installed_adapter_is_used_and_a_broken_one_does_no_harm(
    house: House, installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapters = Adapters(house)
    assert {each.name for each in adapters.all()} >= {"greeter", "marketplace", "shopify"}
    monkeypatch.setitem(house._parts, Adapters, adapters)
    context = context_of(house)
    shop = await shop_in(context)
    await open_connection(
        context=context,
        connection_id=f"greeter-{shop.channel}",
        channel=shop.channel,
        adapter="greeter",
        name="Greeter",
        settings={"greeting": "hello"},
        secrets={},
        enabled=False,
    )
    standing = await check_connection(context=context, connection_id=f"greeter-{shop.channel}")
    assert standing.account == "hello"
