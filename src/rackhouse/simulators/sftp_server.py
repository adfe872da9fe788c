"""The SFTP server of a marketplace that exchanges files, on as bad a line as luck will have it."""

from typing import Any

import asyncssh

from rackhouse.simulators.sftp import SftpMarketSimulator

__all__ = ["listening"]


async def listening(simulator: SftpMarketSimulator, port: int) -> asyncssh.SSHAcceptor:
    """Listen on a port of the loopback."""
    return await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=lambda: Server(simulator),
        server_host_keys=[simulator.host_key],
        sftp_factory=files_of(simulator),
    )


class Server(asyncssh.SSHServer):
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
        return username == self._simulator.user and password == self._simulator.password

    def public_key_auth_supported(self) -> bool:
        """By a key, where one is known."""
        return self._simulator.lets_in is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """The right one."""
        known = self._simulator.lets_in
        return username == self._simulator.user and known is not None and key == known


def files_of(simulator: SftpMarketSimulator) -> type[asyncssh.SFTPServer]:
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
