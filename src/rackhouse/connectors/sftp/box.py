"""The drop box: an SFTP server whose host key is known, and files that are there whole or not."""

import contextlib
import datetime
import hashlib
import posixpath
import stat
import uuid
from collections.abc import AsyncIterator
from typing import Any

from rackhouse.connectors.remote import (
    ChannelTrouble,
    Misunderstood,
    NotPermitted,
    Remote,
    Unreachable,
)

__all__ = ["Box", "fingerprint", "opened"]

FILE_LIMIT_BYTES = 32 * 1024 * 1024
CONNECT_SECONDS = 20
TEMPORARY = (".part", ".tmp", ".filepart", ".uploading")


class Box:
    """An open drop box."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def names(self, folder: str, *, settled_seconds: int) -> list[str]:
        """The files of a folder that nobody writes any more, in the order of their names."""
        now = datetime.datetime.now(datetime.UTC).timestamp()
        found = []
        for each in await self._client.readdir(folder):
            name = str(each.filename)
            if name.startswith(".") or name.lower().endswith(TEMPORARY):
                continue
            if each.attrs.permissions is not None and not stat.S_ISREG(each.attrs.permissions):
                continue
            if (each.attrs.mtime or 0) + settled_seconds <= now:
                found.append(name)
        return sorted(found)

    async def read(self, path: str) -> bytes | None:
        """A file, or None where it is not there, or changed while it was read."""
        import asyncssh

        try:
            before = await self._client.stat(path)
            if (before.size or 0) > FILE_LIMIT_BYTES:
                raise Misunderstood(f"{path} has more than {FILE_LIMIT_BYTES} bytes")
            async with self._client.open(path, "rb") as file:
                content: bytes = await file.read()
            after = await self._client.stat(path)
        except asyncssh.SFTPNoSuchFile:
            return None
        same = (
            (before.size, before.mtime) == (after.size, after.mtime) == (len(content), after.mtime)
        )
        return content if same else None

    async def write(self, path: str, content: bytes) -> None:
        """Write a file, which is there at once and whole: under another name first."""
        folder, name = posixpath.split(path)
        draft = posixpath.join(folder, f".{name}.{uuid.uuid4().hex}.part")
        async with self._client.open(draft, "wb") as file:
            await file.write(content)
        await self._client.posix_rename(draft, path)

    async def move(self, path: str, to: str) -> None:
        """Move a file, in place of what may be there; what is gone was moved before."""
        import asyncssh

        with contextlib.suppress(asyncssh.SFTPNoSuchFile):
            await self._client.posix_rename(path, to)

    async def exists(self, path: str) -> bool:
        """Whether there is a file."""
        return bool(await self._client.exists(path))

    async def make_folders(self, *paths: str) -> None:
        """Make folders that are not there."""
        for path in paths:
            await self._client.makedirs(path, exist_ok=True)


@contextlib.asynccontextmanager
async def opened(remote: Remote) -> AsyncIterator[Box]:
    """The drop box of a connection. Raises `NotPermitted` where the server is not the one whose
    host key is known, or does not let us in, and `Unreachable`."""
    try:
        import asyncssh
    except ImportError:
        raise Misunderstood("install rackhouse[sftp] to reach marketplaces by SFTP") from None
    settings = remote.settings
    address = await remote.address_of(settings.host, settings.port)
    try:
        async with (
            asyncssh.connect(
                address,
                settings.port,
                username=settings.user,
                known_hosts=([asyncssh.import_public_key(settings.host_key)], [], []),
                config=None,
                agent_path=None,
                login_timeout=CONNECT_SECONDS,
                connect_timeout=CONNECT_SECONDS,
                **_access(remote),
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            yield Box(client)
    except (asyncssh.Error, OSError) as error:
        raise _in_our_words(error) from None


def _access(remote: Remote) -> dict[str, Any]:
    """How we sign in: by a key where there is one, by a password otherwise."""
    import asyncssh

    if "private_key" not in remote.setup.secrets:
        return {"password": remote.secret("password"), "client_keys": []}
    try:
        key = asyncssh.import_private_key(remote.secret("private_key"))
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise NotPermitted("private_key is not one in the form of OpenSSH or PEM") from None
    return {"password": None, "client_keys": [key]}


def _in_our_words(error: Exception) -> ChannelTrouble:
    import asyncssh

    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return NotPermitted("the server's host key is not the one in host_key")
    if isinstance(error, asyncssh.PermissionDenied):
        return NotPermitted("the server does not let us in")
    return Unreachable(f"the SFTP server failed: {type(error).__name__}: {error}")


def fingerprint(content: bytes) -> str:
    """What tells a file's content from another's."""
    return hashlib.sha256(content).hexdigest()[:16]
