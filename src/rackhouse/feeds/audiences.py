"""Audiences: clients with the same scope, who hear the same. Matched once for all of them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from rackhouse.feeds.filters import Scope
from rackhouse.feeds.subjects import EVERY_PRODUCT, EVERYTHING, Key, Subject

if TYPE_CHECKING:
    from rackhouse.feeds.listeners import StreamListener

__all__ = ["Audience", "AudienceIndex", "Selection"]


class Selection(msgspec.Struct, frozen=True):
    """Some stock: of these SKUs, at these locations; None is every one."""

    skus: frozenset[str] | None
    locations: frozenset[str] | None


class Audience:
    """The clients of one scope, and the SKUs and locations that it means at present."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.clients = 0
        self.live: dict[StreamListener, None] = {}
        self._skus_of: dict[str, frozenset[str]] = {}
        self._locations_of: dict[str, frozenset[str]] = {}
        self.selection = self._selected()

    def resolve(
        self, skus_of: Mapping[str, Iterable[str]], locations_of: Mapping[str, Iterable[str]]
    ) -> None:
        """Say what products and channels consist of, unless an event has said so meanwhile."""
        for product, skus in skus_of.items():
            self._skus_of.setdefault(product, frozenset(skus))
        for channel, locations in locations_of.items():
            self._locations_of.setdefault(channel, frozenset(locations))
        self.selection = self._selected()

    def follows(self, about: Subject) -> bool:
        """Whether an event may change what the scope means."""
        asked = self.scope.filter
        if about.kind == "product":
            return asked.product is not None and about.product in asked.product
        if about.kind == "channel":
            return asked.channel is not None and about.channel in asked.channel
        return False

    def named_by(self, about: Subject) -> Selection:
        """The stock in scope that belongs to the product or channel of an event."""
        now, members = self.selection, frozenset(about.members)
        if about.kind == "product":
            return Selection(members & (now.skus or frozenset()), now.locations)
        return Selection(now.skus, members & (now.locations or frozenset()))

    def widen(self, about: Subject) -> Selection:
        """Let the scope mean what an event says; answers the stock that came into it."""
        before, members = self.selection, frozenset(about.members)
        if about.kind == "product" and about.product is not None:
            self._skus_of[about.product] = members
        elif about.channel is not None:
            self._locations_of[about.channel] = members
        now = self.selection = self._selected()
        if about.kind == "product":
            return Selection(
                (now.skus or frozenset()) - (before.skus or frozenset()), now.locations
            )
        return Selection(
            now.skus, (now.locations or frozenset()) - (before.locations or frozenset())
        )

    def admits(self, about: Subject) -> bool:
        """Whether the scope includes an event."""
        asked = self.scope.filter
        if asked.type is not None and about.event_type not in asked.type:
            return False
        match about.kind:
            case "stock" | "lot" | "rule" | "inbound":
                return _any(self.selection.skus, about.skus) and self._admits_place(about)
            case "location":
                return self.selection.skus is None and _any(
                    self.selection.locations, about.locations
                )
            case "order":
                return self._admits_order(about)
            case "product" | "product type":
                return (
                    (self.scope.sees_drafts or not about.hidden)
                    and asked.location is None
                    and (asked.product is None or about.product in asked.product)
                    and _any(asked.sku, about.skus)
                )
        return self._admits_channel(about)

    def found_under(self) -> list[Key]:
        """Under which keys this audience is to be found."""
        asked, now = self.scope.filter, self.selection
        keys: list[Key] = [("product", each) for each in asked.product or ()]
        keys += [("channel", each) for each in asked.channel or ()]
        if now.skus is not None:
            return keys + [("sku", each) for each in now.skus]
        if now.locations is None:
            return [*keys, EVERYTHING]
        if asked.location is None:
            keys.append(EVERY_PRODUCT)
        return keys + [("location", each) for each in now.locations]

    def _admits_place(self, about: Subject) -> bool:
        """A lot is at no place in particular; how an allotment is filled up is for its own channel,
        and for those who act for none; what suppliers send is no channel's and no customer's
        business before it has come."""
        asked = self.scope.filter
        if about.kind == "lot":
            return asked.location is None
        if about.kind == "rule" and (
            self.scope.customer_id or about.channel not in (asked.channel or {about.channel})
        ):
            return False
        if about.kind == "inbound" and (asked.channel or self.scope.customer_id):
            return False
        return _any(self.selection.locations, about.locations)

    def _admits_order(self, about: Subject) -> bool:
        asked, own = self.scope.filter, self.scope.customer_id
        return (
            self.scope.reads_orders
            and asked.location is None
            and (own is None or about.customer_id == own)
            and (asked.channel is None or about.channel in asked.channel)
            and _any(self.selection.skus, about.skus)
        )

    def _admits_channel(self, about: Subject) -> bool:
        asked = self.scope.filter
        return (
            self.selection.skus is None
            and self.scope.customer_id is None
            and (asked.channel is None or about.channel in asked.channel)
            and _any(asked.location, about.locations)
        )

    def _selected(self) -> Selection:
        asked = self.scope.filter
        skus, locations = asked.sku, asked.location
        if asked.product is not None:
            of_products = frozenset().union(*self._skus_of.values())
            skus = of_products if skus is None else skus & of_products
        if asked.channel is not None:
            of_channels = frozenset().union(*self._locations_of.values())
            locations = of_channels if locations is None else locations & of_channels
        return Selection(skus, locations)


class AudienceIndex:
    """Finds the audiences of an event without asking each of them."""

    def __init__(self) -> None:
        self._found: dict[Key, dict[Audience, None]] = {}

    def add(self, audience: Audience) -> None:
        """Let an audience be found."""
        for key in audience.found_under():
            self._found.setdefault(key, {})[audience] = None

    def remove(self, audience: Audience) -> None:
        """Let an audience be found no more, before its keys change."""
        for key in audience.found_under():
            found = self._found[key]
            del found[audience]
            if not found:
                del self._found[key]

    def matching(self, about: Subject) -> list[Audience]:
        """The audiences that an event may concern, each once."""
        found = [at for key in about.found_under() if (at := self._found.get(key)) is not None]
        if len(found) == 1:
            return list(found[0])
        return list({audience: None for at in found for audience in at})


def _any(wanted: frozenset[str] | None, given: tuple[str, ...]) -> bool:
    return wanted is None or not wanted.isdisjoint(given)
