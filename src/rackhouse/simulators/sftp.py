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

from rackhouse.simulators.deliveries import Deliveries
from rackhouse.simulators.faults import NONE, Faults
from rackhouse.simulators.serving import Asked, Said, Simulator
from rackhouse.simulators.shop import Order, Shop

__all__ = ["USER", "SftpMarketSimulator", "serving_sftp"]

USER = "rackhouse"
FOLDERS = ("orders", "archive", "errors", "acks", "stock", "sent", "catalog")


class SftpMarketSimulator(Simulator):
    """The marketplace: it drops an order file for each change, and takes stock files in. Over HTTP
    it is told what people do there, and nothing else."""

    def __init__(self, folder: Path, *, password: str, faults: Faults = NONE) -> None:
        super().__init__(Shop(["-"], 600), faults)
        self.folder = folder
        self.password = password
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.lets_in: asyncssh.SSHKey | None = None
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


class _Server(asyncssh.SSHServer):
    def __init__(self, simulator: SftpMarketSimulator) -> None:
        self._simulator = simulator

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody has connected; the line may be bad."""
        if self._simulator.luck.fails_before():
            conn.abort()

    def begin_auth(self, username: str) -> bool:
        """Somebody wants to come in."""
        return True

    def password_auth_supported(self) -> bool:
        """By a password."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """The right one."""
        return username == USER and password == self._simulator.password

    def public_key_auth_supported(self) -> bool:
        """By a key, where one is known."""
        return self._simulator.lets_in is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """The right one."""
        known = self._simulator.lets_in
        return username == USER and known is not None and key == known


def _files(simulator: SftpMarketSimulator) -> type[asyncssh.SFTPServer]:
    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(simulator.folder).encode())

        def open(self, path: bytes, pflags: int, attrs: Any) -> object:
            self._may_fail()
            return super().open(path, pflags, attrs)

        def read(self, file_obj: object, offset: int, size: int) -> Any:
            if simulator.luck.fails_after():
                self.connection.abort()
                raise asyncssh.SFTPConnectionLost("the line is down")
            return super().read(file_obj, offset, size)

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
async def serving_sftp(simulator: SftpMarketSimulator, *, port: int = 0) -> AsyncIterator[int]:
    """Serve the marketplace's files on a port of the loopback, a free one for 0; gives the port."""
    server = await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=lambda: _Server(simulator),
        server_host_keys=[simulator.host_key],
        sftp_factory=_files(simulator),
    )
    try:
        yield server.get_port()
    finally:
        server.close()
        await asyncio.wait_for(server.wait_closed(), 10)


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
