"""The board: what there is of everything, everywhere, at this moment."""

import datetime
import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter
from litestar.response import Redirect

from rackhouse.console.demo_drop import DropStage
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.console.stock_view import StockKey, StockView, Totals, is_low
from rackhouse.console.wording import Happening, skus_in, told
from rackhouse.inventory import Hold, Location, Stock, live_holds, locations
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = [
    "QUERY_LENGTH_LIMIT",
    "BoardQuery",
    "BoardRow",
    "HoldRow",
    "get_board",
    "holds_running_down",
    "newest_happenings",
    "rows_of",
    "select_rows",
]

PAGE_ROWS = 40
HOLDS_SHOWN = 8
LOCATIONS_LIMIT = 200
QUERY_LENGTH_LIMIT = 100
PAGES_LIMIT = 100_000
COUNTS = "counts:read"


class BoardQuery(msgspec.Struct, frozen=True):
    """Which rows of the board somebody looks at."""

    words: str = ""
    location: str = ""
    page: int = 1

    def address(self, path: str, *, page: int | None = None) -> str:
        """The address of a path with this query."""
        facts = {"q": self.words, "location": self.location, "page": page or self.page}
        said = {name: value for name, value in facts.items() if value not in ("", 1)}
        return f"{path}?{urlencode(said)}" if said else path


class BoardRow(msgspec.Struct, frozen=True):
    """One SKU at one location as the board shows it."""

    id: str
    stock: Stock
    name: str
    is_low: bool
    changed: bool

    def share(self, pieces: int) -> float:
        """A part of what is on hand in percent, for the bar."""
        return round(100 * pieces / self.stock.on_hand, 2) if self.stock.on_hand else 0.0


class HoldRow(msgspec.Struct, frozen=True):
    """One running hold as the board shows it."""

    id: str
    what: str
    channel: str
    placed_at: datetime.datetime
    expires_at: datetime.datetime


class BoardSelection(msgspec.Struct, frozen=True):
    """The rows of one page of the board, and where that page stands."""

    query: BoardQuery
    rows: list[BoardRow]
    found: int
    pages: int


@get("/")
async def get_board(
    request: Request[Any, Any, Any],
    q: Annotated[str, Parameter(max_length=QUERY_LENGTH_LIMIT)] = "",
    location: Annotated[str, Parameter(max_length=QUERY_LENGTH_LIMIT)] = "",
    page: Annotated[int, Parameter(ge=1, le=PAGES_LIMIT)] = 1,
) -> Response[str] | Redirect:
    """The board; only its table when the table alone is asked for by a search."""
    context = await context_of_session(house_of(request), request)
    if "inventory:read" not in context.caller.permissions and COUNTS in context.caller.permissions:
        return Redirect("/counts", status_code=303)  # for who counts, and must not see the stock
    query = BoardQuery(q.strip(), location, page)
    selection = await select_rows(context=context, query=query)
    asked_by_search = (
        "hx-request" in request.headers and "hx-history-restore-request" not in request.headers
    )
    if asked_by_search:
        response = whole_page("stock.html", selection=selection)
    else:
        response = await _whole_board(context, selection)
    response.headers["vary"] = "hx-request"
    return response


@operation("inventory:read")
async def select_rows(*, context: Context, query: BoardQuery) -> BoardSelection:
    """The rows that a query finds, one page of them."""
    view = await context.house.the(StockView).open()
    keys = await _selected_keys(context.house, view, query)
    start = (query.page - 1) * PAGE_ROWS
    shown = keys[start : start + PAGE_ROWS]
    return BoardSelection(
        query=query,
        rows=await rows_of(context.house, view.rows(shown), changed=False),
        found=len(keys),
        pages=max(1, -(-len(keys) // PAGE_ROWS)),
    )


async def _selected_keys(house: House, view: StockView, query: BoardQuery) -> Sequence[StockKey]:
    """The keys of every row that a query finds, in order: each word must be in the SKU or name."""
    keys: Sequence[StockKey] = view.sorted_keys()
    if query.location:
        keys = [key for key in keys if key[1] == query.location]
    words = query.words.lower().split()
    if words:
        names = await house.the(Names).of_skus({key[0] for key in keys})
        texts = {sku: f"{sku} {name}".lower() for sku, name in names.items()}
        keys = [key for key in keys if all(word in texts[key[0]] for word in words)]
    return keys


async def rows_of(house: House, stock: Sequence[Stock], *, changed: bool) -> list[BoardRow]:
    """Rows of stock as the board shows them."""
    names = await house.the(Names).of_skus({row.sku for row in stock})
    return [
        BoardRow(
            id=_row_id(row.sku, row.location),
            stock=row,
            name=names[row.sku],
            is_low=is_low(row),
            changed=changed,
        )
        for row in stock
    ]


async def holds_running_down(context: Context) -> list[HoldRow]:
    """The holds that end next; none for a caller who may not read holds."""
    if "holds:read" not in context.caller.permissions:
        return []
    found = await live_holds(context=context, sku=None, channel=None, limit=HOLDS_SHOWN)
    names = context.house.the(Names)
    of_skus = await names.of_skus({line.sku for hold in found for line in hold.lines})
    of_channels = await names.of_channels()
    return [
        HoldRow(
            id=hold.id,
            what=_what(hold, of_skus),
            channel=of_channels.get(hold.channel, hold.channel),
            placed_at=hold.placed_at,
            expires_at=hold.expires_at,
        )
        for hold in found
    ]


async def newest_happenings(context: Context, view: StockView) -> list[Happening]:
    """The newest events in words, the newest first: those that the caller may read."""
    events = [
        event
        for event in reversed(view.recent)
        if not event.type.startswith("Order") or "orders:read" in context.caller.permissions
    ]
    names = context.house.the(Names)
    of_skus = await names.of_skus({sku for event in events for sku in skus_in(event)})
    of_channels = await names.of_channels()
    return [told(event, of_skus, of_channels) for event in events]


async def _whole_board(context: Context, selection: BoardSelection) -> Response[str]:
    house = context.house
    view = house.the(StockView)
    stage = await house.the(DropStage).open()
    places: list[Location] = await locations(context=context, after="", limit=LOCATIONS_LIMIT)
    totals: Totals = view.totals()
    return whole_page(
        "board.html",
        selection=selection,
        totals=totals,
        locations=places,
        holds=await holds_running_down(context),
        happenings=await newest_happenings(context, view),
        drop=stage.state,
        may_drop=stage.allows(context.caller),
        now=datetime.datetime.now(datetime.UTC),
    )


def _what(hold: Hold, names: dict[str, str]) -> str:
    first = hold.lines[0]
    others = sum(line.quantity for line in hold.lines[1:])
    return f"{first.quantity} × {names[first.sku]}" + (f" and {others} more" if others else "")


def _row_id(sku: str, location: str) -> str:
    return "row-" + hashlib.blake2b(f"{sku}@{location}".encode(), digest_size=8).hexdigest()
