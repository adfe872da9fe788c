"""Pages that only show something: the front, the lists, a product, who is of age."""

import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Response, get, post

from examples.storefront.age import birth_date_of, is_for_adults, is_of_age
from examples.storefront.answers import POLICY, AnyRequest, content_policy, page, see, shop_of
from examples.storefront.bag import bag_of
from examples.storefront.forms import form_of
from examples.storefront.listing import ORDERS, PAGE, facets_shown, wish_of
from examples.storefront.product_page import product_shown
from examples.storefront.sealed import new_id
from examples.storefront.shelf import allowed_types, cards_shown, home_rows, others_like
from examples.storefront.visitors import adult_cookie
from rackhouse_client import Invalid

__all__ = ["PAGES", "gate", "show_product"]

COLLAGE = 3


@get("/")
async def home(request: AnyRequest) -> Response[str]:
    """The newest of each type."""
    shop, visitor = shop_of(request)
    rows = await home_rows(shop.house, shop.settings, is_adult=visitor.is_adult)
    open_cards = [card for row in rows for card in row.cards[1:] if not card.veiled]
    return page(
        request, "home.html", rows=rows, shown_first=open_cards[:: max(1, len(open_cards) // 3)][:3]
    )


@get("/shop")
async def list_products(request: AnyRequest) -> Response[Any]:
    """A list by words, choices and an order."""
    shop, visitor = shop_of(request)
    house, settings = shop.house, shop.settings
    types = await house.types()
    query = request.scope["query_string"].decode("latin-1")
    wish = wish_of(parse_qsl(query), types)
    closed = settings.adult_types & set(wish.by_field.get("type", ()))
    if closed and not visitor.is_adult:
        return gate(request, f"/shop?{query}")
    allowed = await allowed_types(house, settings, is_adult=visitor.is_adult)
    try:
        results = await house.found(wish.asked(types, allowed))
    except Invalid:
        return page(request, "not_there.html", status=404)
    return page(
        request,
        "shop.html",
        wish=wish,
        orders=ORDERS,
        results=results,
        shown_cards=await cards_shown(house, settings, results.items, is_adult=visitor.is_adult),
        facets=facets_shown(
            results.facets, wish, types, () if allowed is None else settings.adult_types
        ),
        types=types,
        is_closed=allowed is not None,
    )


@get("/collections/{collection_id:str}")
async def list_collection(request: AnyRequest) -> Response[str]:
    """What somebody put together."""
    shop, visitor = shop_of(request)
    house, settings = shop.house, shop.settings
    wanted = request.path_params["collection_id"]
    collection = next((each for each in await house.collections() if each.id == wanted), None)
    if collection is None:
        return page(request, "not_there.html", status=404)
    allowed = await allowed_types(house, settings, is_adult=visitor.is_adult)
    cursor = request.query_params.get("cursor", "")
    results = await house.collected(wanted, types=allowed, cursor=cursor, limit=PAGE)
    cards = await cards_shown(house, settings, results.items, is_adult=visitor.is_adult)
    return page(
        request, "collection.html", collection=collection, results=results, shown_cards=cards
    )


@get("/products/{product_id:str}")
async def show(request: AnyRequest) -> Response[Any]:
    """A product."""
    return await show_product(
        request, request.path_params["product_id"], sku=request.query_params.get("sku")
    )


async def show_product(
    request: AnyRequest,
    product_id: str,
    *,
    sku: str | None,
    message: str | None = None,
    status: int = 200,
) -> Response[Any]:
    """A product's page, with a message above it where something did not work."""
    shop, visitor = shop_of(request)
    house, settings = shop.house, shop.settings
    product = await house.product(product_id)
    if not visitor.is_adult and await is_for_adults(house, product, settings.adult_types):
        return gate(
            request, f"/products/{product_id}" + (f"?{urlencode({'sku': sku})}" if sku else "")
        )
    shown = await product_shown(house, settings, product, sku)
    others = []
    if message is not None or (shown.stock is not None and shown.stock.state in ("out", "bagged")):
        others = await others_like(
            house, settings, product.type, product.id, is_adult=visitor.is_adult
        )
    return page(
        request,
        "product.html",
        status=status,
        headers={POLICY: content_policy(settings, with_model=shown.model is not None)},
        shown=shown,
        message=message,
        others=others,
        held=await _held(request, product_id),
        once=new_id(),
    )


@get("/age")
async def ask_age(request: AnyRequest) -> Response[str]:
    """When were you born?"""
    return _age_page(request, _own_address(request.query_params.get("next", "/")))


@post("/age")
async def tell_age(request: AnyRequest) -> Response[Any]:
    """Let adults in. The date is looked at once and kept nowhere."""
    shop, _ = shop_of(request)
    form = await form_of(request)
    onward = _own_address(form.get("next", "/"))
    today = datetime.datetime.now(datetime.UTC).date()
    born = birth_date_of(form.get("day", ""), form.get("month", ""), form.get("year", ""), today)
    if born is None:
        problem = "That is no date of birth. Write the day, the month and the year in figures."
        return _age_page(request, onward, problem=problem, form=form, status=422)
    if not is_of_age(born, today, shop.settings.adult_years):
        return page(request, "too_young.html", status=403)
    return see(request, onward, [adult_cookie(shop.settings)])


async def _held(request: AnyRequest, product_id: str) -> int:
    """How many of a product this visitor holds."""
    shop, visitor = shop_of(request)
    if not visitor.in_bag:
        return 0
    bag = await bag_of(shop.house, visitor.id, visitor.hold_ids)
    return sum(each.quantity for each in bag.lines if each.product.id == product_id)


def gate(request: AnyRequest, onward: str) -> Response[None]:
    """To the question for the age, and from there onward."""
    return see(request, "/age?" + urlencode({"next": onward}))


def _age_page(
    request: AnyRequest,
    onward: str,
    *,
    problem: str | None = None,
    form: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    return page(request, "age.html", status=status, onward=onward, problem=problem, form=form or {})


def _own_address(address: str) -> str:
    """An address of this shop; the front where it is one of somewhere else."""
    parts = urlsplit(address)
    is_own = not parts.scheme and not parts.netloc and address.startswith("/")
    return address if is_own and not address.startswith(("//", "/\\")) else "/"


PAGES = [home, list_products, list_collection, show, ask_age, tell_age]
