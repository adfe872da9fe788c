"""A marketplace that exchanges CSV files: a real SFTP server on the loopback, over a folder."""

import asyncio
import contextlib
import csv
import datetime
import io
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from rackhouse.simulators.deliveries import Deliveries
from rackhouse.simulators.faults import NONE, Faults
from rackhouse.simulators.serving import Asked, Said, Simulator
from rackhouse.simulators.shop import Order, Shop

__all__ = ["SftpMarketSimulator", "serving_sftp"]

FOLDERS = ("orders", "archive", "errors", "acks", "stock", "sent", "catalog")


class SftpMarketSimulator(Simulator):
    """The marketplace: it drops an order file for each change, and takes stock files in. Over HTTP
    it is told what people do there, and nothing else. ``lets_in`` is the public key of somebody
    who may sign in without the password. Needs ``rackhouse[sftp]``."""

    user = "rackhouse"

    def __init__(self, folder: Path, *, password: str, faults: Faults = NONE) -> None:
        import asyncssh

        super().__init__(Shop(["-"], 600), faults)
        self.folder = folder
        self.password = password
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.lets_in: Any = None
        self.drops = Drops(self)
        self.deliveries = self.drops
        self.seen: list[str] = []
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def public_key(self) -> str:
        """The host key, as it is pinned."""
        return " ".join(self.host_key.export_public_key().decode().split()[:2])

    def write_catalog(self) -> None:
        """Say what is sold."""
        rows = [(item.sku, item.sku, item.name) for item in self.shop.items.values()]
        (self.folder / "catalog/items.csv").write_bytes(_table(("item", "sku", "name"), rows))

    def take_stock_files(self) -> None:
        """Take over the figures that were put there."""
        for path in sorted((self.folder / "stock").glob("stock-*.csv")):
            self.seen.append(path.name)
            for row in csv.DictReader(io.StringIO(path.read_text("utf-8"))):
                item = self.shop.item_of(row["item"])
                self.shop.set_figure(item.stock_id, "-", int(row["quantity"]))
            path.unlink()

    def drop(self, name: str, content: bytes) -> None:
        """Put an order file there, as a careful marketplace does it."""
        draft = self.folder / "orders" / f".{name}.part"
        draft.write_bytes(content)
        os.utime(draft, (1, 1))
        draft.replace(self.folder / "orders" / name)

    def drop_half(self, name: str, content: bytes, *, stalled: bool) -> None:
        """Begin to write an order file under the name that it will have. ``stalled``: so long ago
        that it looks as if it were whole."""
        path = self.folder / "orders" / name
        path.write_bytes(content[: self.luck.place_in(len(content))])
        if stalled:
            os.utime(path, (1, 1))

    def answer(self, asked: Asked) -> Said:
        """It speaks SFTP."""
        return Said(status=404, body={"message": "files are exchanged over SFTP"})

    def throttled(self) -> Said:
        """It speaks SFTP."""
        return Said(status=429, body={"message": "files are exchanged over SFTP"})

    def tell(self, topic: str, about: Any) -> None:
        """Orders as they stand, each in a file of its own."""
        if topic in ("order_created", "order_updated", "order_cancelled"):
            self.drops.note(_told(about))


class Drops(Deliveries):
    """The order files that are to be dropped: some twice, some after later ones, some half written
    until the next time."""

    def __init__(self, simulator: SftpMarketSimulator) -> None:
        super().__init__(simulator.luck)
        self._simulator = simulator
        self._files: list[bytes] = []
        self._unfinished: list[tuple[str, bytes]] = []
        self._numbers = itertools.count(1)

    def note(self, content: bytes) -> None:
        """Let an order file be dropped."""
        self._files.append(content)

    async def send_all(self) -> int:
        """Take stock files in and drop order files; says how many."""
        self._simulator.take_stock_files()
        luck, drop = self._simulator.luck, self._simulator.drop
        unfinished, self._unfinished = self._unfinished, []
        for name, content in unfinished:
            drop(name, content)
        files, self._files = self._files, []
        numbers = [next(self._numbers) for _ in files]
        for index in range(len(numbers) - 1):
            if luck.is_reordered():
                numbers[index], numbers[index + 1] = numbers[index + 1], numbers[index]
        for number, content in zip(numbers, files, strict=True):
            name = f"orders-{number:06}.csv"
            if luck.is_lost():
                self._simulator.drop_half(name, content, stalled=luck.is_lost())
                self._unfinished.append((name, content))
                continue
            drop(name, content)
            if luck.is_duplicated():
                drop(f"orders-{number:06}-again.csv", content)
        return len(unfinished) + len(files)


@contextlib.asynccontextmanager
async def serving_sftp(simulator: SftpMarketSimulator, *, port: int = 0) -> AsyncIterator[int]:
    """Serve the marketplace's files on a port of the loopback, a free one for 0; gives the port."""
    from rackhouse.simulators.sftp_server import listening

    server = await listening(simulator, port)
    try:
        yield server.get_port()
    finally:
        server.close()
        async with asyncio.timeout(10):
            await server.wait_closed()


def _told(order: Order) -> bytes:
    columns = ("order", "line", "sku", "quantity", "status", "sold_at")
    rows = []
    for line in order.lines:
        status = "shipped" if line.shipped else "open"
        status = status if order.cancelled_at is None else "cancelled"
        at = order.placed_at.astimezone(datetime.UTC).isoformat()
        rows.append((order.id, line.id, line.item.sku, line.quantity, status, at))
    return _table(columns, rows)


def _table(columns: tuple[str, ...], rows: list[Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
