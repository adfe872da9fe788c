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

import asyncssh

from rackhouse.simulators.faults import NONE, Faults, Luck
from rackhouse.simulators.shop import Order, Shop

__all__ = ["SftpMarketSimulator", "serving_sftp"]

USER = "rackhouse"
FOLDERS = ("orders", "archive", "errors", "acks", "stock", "sent", "catalog")


class SftpMarketSimulator:
    """The marketplace: it drops an order file for each change, and takes stock files in."""

    def __init__(self, folder: Path, *, password: str, faults: Faults = NONE) -> None:
        self.shop = Shop(["-"], 600)
        self.shop.told = self._tell
        self.luck = Luck(faults)
        self.folder = folder
        self.password = password
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.deliveries = self
        self.seen: list[str] = []
        self._waiting: list[bytes] = []
        self._numbers = itertools.count(1)
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

    async def send_all(self) -> int:
        """Take stock files in, and drop order files: some twice, some after later ones."""
        for path in sorted((self.folder / "stock").glob("stock-*.csv")):
            self.seen.append(path.name)
            for row in csv.DictReader(io.StringIO(path.read_text("utf-8"))):
                item = self.shop.item_of(row["item"])
                self.shop.set_figure(item.stock_id, "-", int(row["quantity"]))
            path.unlink()
        waiting, self._waiting = self._waiting, []
        numbers = [next(self._numbers) for _ in waiting]
        for index in range(len(numbers) - 1):
            if self.luck.is_reordered():
                numbers[index], numbers[index + 1] = numbers[index + 1], numbers[index]
        for number, content in zip(numbers, waiting, strict=True):
            self.drop(f"orders-{number:06}.csv", content)
            if self.luck.is_duplicated():
                self.drop(f"orders-{number:06}-again.csv", content)
        return len(waiting)

    def drop(self, name: str, content: bytes) -> None:
        """Put an order file there, as a careful marketplace does it."""
        draft = self.folder / "orders" / f".{name}.part"
        draft.write_bytes(content)
        os.utime(draft, (1, 1))
        draft.replace(self.folder / "orders" / name)

    def _tell(self, topic: str, about: Any) -> None:
        if topic in ("order_created", "order_updated", "order_cancelled"):
            self._waiting.append(_told(about))


class _Server(asyncssh.SSHServer):
    def __init__(self, simulator: SftpMarketSimulator) -> None:
        self._simulator = simulator

    def begin_auth(self, username: str) -> bool:
        """Somebody wants to come in."""
        return True

    def password_auth_supported(self) -> bool:
        """By a password."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """The right one."""
        return username == USER and password == self._simulator.password


def _files(simulator: SftpMarketSimulator) -> type[asyncssh.SFTPServer]:
    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(simulator.folder).encode())

        def open(self, path: bytes, pflags: int, attrs: Any) -> object:
            self._may_fail()
            return super().open(path, pflags, attrs)

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            self._may_fail()
            done = super().posix_rename(oldpath, newpath)
            if simulator.luck.fails_after():
                raise asyncssh.SFTPFailure("the disk is slow")
            return done

        def _may_fail(self) -> None:
            if simulator.luck.fails_before():
                raise asyncssh.SFTPFailure("the disk is busy")

    return Files


@contextlib.asynccontextmanager
async def serving_sftp(simulator: SftpMarketSimulator) -> AsyncIterator[int]:
    """Serve the marketplace's files on a free port of the loopback; gives the port."""
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Server(simulator),
        server_host_keys=[simulator.host_key],
        sftp_factory=_files(simulator),
    )
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
