"""The adapter of a marketplace that exchanges CSV files over SFTP.

Nothing is remembered here. A file that was read is moved to the archive only when the next one is
asked for, because by then its orders are kept; whoever is killed in between reads it again.
"""

import codecs
import datetime
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.connectors.adapter import (
    Adapter,
    ItemPage,
    SalePage,
    Secret,
    Standing,
    Wanted,
    Written,
)
from rackhouse.connectors.facts import RemoteLevel
from rackhouse.connectors.remote import Misunderstood, Pace, Remote
from rackhouse.connectors.sftp.box import Box, fingerprint, opened
from rackhouse.connectors.sftp.files import (
    Form,
    Orders,
    UnreadableFile,
    items_of,
    orders_of,
    table,
    written,
)

__all__ = ["ADAPTER"]

NEVER_SENT = -1
WRITE_LIMIT = 1000
STOCK_COLUMNS = ("item", "quantity")
SENT = "sent/stock.csv"
CATALOG = "catalog/items.csv"
FOLDERS = ("orders", "archive", "errors", "acks", "stock", "sent", "catalog")


class SftpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the files are, and how they are written."""

    host: Annotated[
        str, Meta(pattern="^[A-Za-z0-9.:-]+$", max_length=253, description="The server.")
    ]
    host_key: Annotated[
        str,
        Meta(
            pattern="^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+$",
            max_length=2000,
            description="The server's public host key, as `ssh-keyscan` writes it; no other "
            "server is spoken to.",
        ),
    ]
    user: Annotated[str, Meta(min_length=1, max_length=100, description="Whom we sign in as.")]
    port: Annotated[int, Meta(ge=1, le=65535, description="Its port.")] = 22
    folder: Annotated[
        str,
        Meta(max_length=200, description="The folder in which the others are."),
    ] = "."
    encoding: Annotated[
        str, Meta(max_length=40, description="How text is written, such as `utf-8` or `cp1252`.")
    ] = "utf-8"
    delimiter: Annotated[
        str, Meta(pattern="^[,;|\\t]$", description="What stands between values.")
    ] = ","
    settled_seconds: Annotated[
        int,
        Meta(ge=0, le=3600, description="How long a file must have been left alone to be read."),
    ] = 10


async def check(remote: Remote) -> Standing:
    """Whether the server is the right one and lets us in; the folders that are missing are made."""
    settings = remote.settings
    async with opened(remote) as box:
        await box.make_folders(*(_path(remote, each) for each in FOLDERS))
    return Standing(account=f"{settings.user} at {settings.host}")


async def items(remote: Remote, _: str | None) -> ItemPage:
    """What the marketplace sells, from the file `catalog/items.csv`."""
    async with opened(remote) as box:
        content = await box.read(_path(remote, CATALOG))
    if content is None:
        return ItemPage(items=())
    try:
        return ItemPage(items=items_of(content, _form(remote)))
    except UnreadableFile as problem:
        raise Misunderstood(f"{CATALOG}: {problem}") from None


async def sales(remote: Remote, _: datetime.datetime, cursor: str | None) -> SalePage:
    """The orders of the next file; the one before, which the cursor names, is put away."""
    async with opened(remote) as box:
        await _put_away(remote, box, cursor)
        for name in await box.names(
            _path(remote, "orders"), settled_seconds=remote.settings.settled_seconds
        ):
            content = await box.read(_path(remote, "orders", name))
            if content is None:
                continue  # it is being written
            mark = fingerprint(content)
            if await box.exists(_path(remote, "archive", f"{name}.{mark}")):
                await box.move(
                    _path(remote, "orders", name), _path(remote, "archive", f"{name}.{mark}")
                )
                continue
            try:
                orders = orders_of(content, _form(remote))
            except UnreadableFile as problem:
                await _refuse(remote, box, name, mark, str(problem))
                continue
            return SalePage(sales=orders.sales, cursor=f"{mark} {name}")
    return SalePage(sales=())


async def levels(remote: Remote, asked: Sequence[tuple[str, str]]) -> Sequence[RemoteLevel]:
    """What was sent last; such a marketplace does not tell what it has."""
    async with opened(remote) as box:
        sent = await _sent(remote, box)
    return [
        RemoteLevel(item=item, place=place, quantity=sent.get(item, NEVER_SENT))
        for item, place in asked
    ]


async def write(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
    """Drop a file with the figures that are others; then note that they were sent."""
    now = datetime.datetime.now(datetime.UTC)
    rows = [(each.item, each.quantity) for each in wanted]
    content = written(STOCK_COLUMNS, rows, _form(remote))
    name = f"stock-{now:%Y%m%dT%H%M%S.%fZ}.csv"
    async with opened(remote) as box:
        await box.make_folders(_path(remote, "stock"), _path(remote, "sent"))
        sent = await _sent(remote, box)
        await box.write(_path(remote, "stock", name), content)
        kept = sorted({**sent, **dict(rows)}.items())
        await box.write(_path(remote, SENT), written(STOCK_COLUMNS, kept, _form(remote)))
    return [Written(item=each.item, place=each.place, status="taken") for each in wanted]


def refuse(settings: SftpSettings) -> None:
    """Refuse a host key that is none, an encoding that there is not, a folder outside of the box,
    and all where what speaks SFTP is not installed."""
    try:
        import asyncssh
    except ImportError:
        raise ValueError("host: install rackhouse[sftp] first, which speaks SFTP") from None
    try:
        asyncssh.import_public_key(settings.host_key)
    except asyncssh.KeyImportError:
        raise ValueError("host_key: write a key as `ssh-keyscan` does, without the host") from None
    try:
        codecs.lookup(settings.encoding)
    except LookupError:
        raise ValueError(f"encoding: there is no {settings.encoding}; write utf-8") from None
    if ".." in settings.folder.split("/"):
        raise ValueError("folder: leave out `..`")


async def _put_away(remote: Remote, box: Box, cursor: str | None) -> None:
    """Acknowledge a file that was taken in, report the rows that were not, and archive it. Before
    the first one, see to it that there is where to put it."""
    if cursor is None:
        await box.make_folders(*(_path(remote, each) for each in FOLDERS))
        return
    mark, _, name = cursor.partition(" ")
    content = await box.read(_path(remote, "orders", name))
    if content is None or fingerprint(content) != mark:
        return  # somebody put another in its place, which is read like any other
    orders = orders_of(content, _form(remote))
    await box.write(_path(remote, "acks", f"{name}.{mark}.csv"), _acknowledgement(remote, orders))
    if orders.bad:
        rows = [(each.line, each.order, each.problem) for each in orders.bad]
        report = written(("line", "order", "problem"), rows, _form(remote))
        await box.write(_path(remote, "errors", f"{name}.{mark}.csv"), report)
    await box.move(_path(remote, "orders", name), _path(remote, "archive", f"{name}.{mark}"))


def _acknowledgement(remote: Remote, orders: Orders) -> bytes:
    rows = [(sale.id, "accepted", "") for sale in orders.sales]
    told = {each.order: each.problem for each in reversed(orders.bad)}
    rows += [(order, "rejected", problem) for order, problem in sorted(told.items())]
    return written(("order", "status", "problem"), rows, _form(remote))


async def _refuse(remote: Remote, box: Box, name: str, mark: str, problem: str) -> None:
    """Put a file away that can not be read at all."""
    report = written(("line", "order", "problem"), [("", "", problem)], _form(remote))
    await box.write(_path(remote, "errors", f"{name}.{mark}.csv"), report)
    await box.move(_path(remote, "orders", name), _path(remote, "errors", f"{name}.{mark}"))


async def _sent(remote: Remote, box: Box) -> dict[str, int]:
    content = await box.read(_path(remote, SENT))
    if content is None:
        return {}
    try:
        rows = table(content, _form(remote), STOCK_COLUMNS)
        return {row["item"]: int(row["quantity"]) for _, row in rows}
    except (UnreadableFile, ValueError):
        return {}  # somebody else wrote to it: all is sent again


def _path(remote: Remote, *parts: str) -> str:
    return "/".join((remote.settings.folder.rstrip("/") or "/", *parts))


def _form(remote: Remote) -> Form:
    return Form(remote.settings.encoding, remote.settings.delimiter)


ADAPTER = Adapter(
    name="sftp",
    title="A marketplace that exchanges CSV files over SFTP",
    settings=SftpSettings,
    secrets={
        "password": Secret(description="The password of the user.", required=False),
        "private_key": Secret(
            description="A private key to sign in with instead, in the form of OpenSSH or PEM.",
            required=False,
        ),
    },
    target=("host", "port", "host_key", "user"),
    pace=lambda _: Pace(20, 20),
    check=check,
    items=items,
    sales=sales,
    levels=levels,
    write=write,
    write_limit=WRITE_LIMIT,
    refuse=refuse,
)
