"""The house: what one process keeps for as long as it runs."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rackhouse.platform.database import Database
from rackhouse.platform.secrets import SecretBox, read_secret_key
from rackhouse.platform.settings import Settings

if TYPE_CHECKING:
    from rackhouse.platform.module import Module

__all__ = ["House", "Part"]


class Part(Protocol):
    """Something that a process has one of: a queue, a cache, a tail."""

    def __init__(self, house: "House") -> None: ...


Made = TypeVar("Made", bound=Part)


class House:
    """One process's settings, databases and parts."""

    def __init__(self, settings: Settings, modules: "Sequence[Module]") -> None:
        assert settings.database_url is not None, "start the embedded PostgreSQL first"
        self.settings = settings
        self.modules = tuple(modules)
        self.secrets = SecretBox(read_secret_key(settings))
        self._databases: dict[str, Database] = {}
        self._parts: dict[type[Any], Any] = {}

    def database(self, module: str) -> Database:
        """The database in which a module's schema lives."""
        url = self.settings.database_urls.get(module, self.settings.database_url)
        assert url is not None
        if url not in self._databases:
            self._databases[url] = Database(url, connections=self.settings.database_connections)
        return self._databases[url]

    def databases(self) -> dict[str, Database]:
        """Each module's database, the platform's first."""
        names = ["platform", *(module.name for module in self.modules)]
        return {name: self.database(name) for name in names}

    def the(self, part: type[Made]) -> Made:
        """This process's one part of a kind, made when it is first asked for."""
        found = self._parts.get(part)
        if found is None:
            found = self._parts[part] = part(self)
        return found

    def let(self, part: type[Made], be: Made) -> None:
        """Have this one for a part of a kind, before it is first asked for."""
        assert part not in self._parts, "it is in use"
        self._parts[part] = be

    async def open(self) -> "House":
        """Connect to every database; refuses with `DatabaseUnavailable`."""
        await asyncio.gather(*(each.open() for each in set(self.databases().values())))
        return self

    async def close(self) -> None:
        """Close the parts, the youngest first, then the databases."""
        for part in reversed(self._parts.values()):
            close = getattr(part, "close", None)
            if close is not None:
                await close()
        self._parts.clear()
        for database in self._databases.values():
            await database.close()

    async def __aenter__(self) -> "House":
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()
