"""Selling: into the bag, out of it, and from it to an order."""

from typing import Any

from litestar import Response, get, post

from examples.storefront.age import is_for_adults
from examples.storefront.answers import AnyRequest, FormRefused, page, see, shop_of
from examples.storefront.bag import LINES_MAX, bag_of, lines_of, put_into_bag
from examples.storefront.checkout import Basket, buy, purchase_numbered, purchases_of
from examples.storefront.forms import form_of
from examples.storefront.pages import gate, show_product
from examples.storefront.visitors import forgotten_hold, hold_cookie
from rackhouse_client import Conflict, Invalid, Line, NotEnoughStock, Problem

__all__ = ["SELLING"]

GONE = {
    "unit-not-free": "That number has just gone to somebody else. Choose another one.",
    "lot-not-sellable": "This batch is not sold at the moment.",
    "lot-is-recalled": "This batch is not sold any more.",
}
FASTER = "Somebody was faster: there is not enough of it left. If it comes back, this page says so."


@post("/bag")
async def put(request: AnyRequest) -> Response[Any]:
    """Hold something. The form has a name of its own, so that sending it twice holds once."""
    shop, visitor = shop_of(request)
    form = await form_of(request)
    sku, once = form.get("sku", ""), form.get("once", "")
    product = await shop.house.product_of_sku(sku)
    if product is None:
        return page(request, "not_there.html", status=404)
    is_closed = await is_for_adults(shop.house, product, shop.settings.adult_types)
    if is_closed and not visitor.is_adult:
        return gate(request, f"/products/{product.id}")
    if len(list(visitor.hold_ids)) >= LINES_MAX:
        told = f"The bag takes {LINES_MAX} things. Take something out first."
        return await show_product(request, product.id, sku=sku, message=told, status=409)
    try:
        hold = await put_into_bag(
            shop.house,
            visitor.id,
            _line(sku, form),
            ttl_seconds=shop.settings.hold_seconds,
            key=f"{visitor.id}-{once}",
        )
    except (Conflict, Invalid) as refusal:
        told = FASTER if isinstance(refusal, NotEnoughStock) else _in_words(refusal)
        return await show_product(request, product.id, sku=sku, message=told, status=409)
    return see(request, "/bag", [hold_cookie(shop.settings, hold)])


@get("/bag")
async def look_into(request: AnyRequest) -> Response[str]:
    """What is held, and for how long."""
    return await _bag_page(request)


@post("/bag/extend")
async def extend(request: AnyRequest) -> Response[Any]:
    """Keep everything for longer."""
    shop, visitor = shop_of(request)
    await form_of(request)
    bag = await bag_of(shop.house, visitor.id, visitor.hold_ids)
    cookies = []
    for each in bag.lines:
        try:
            hold = await shop.house.client.extend_hold(
                each.hold.id, ttl_seconds=shop.settings.hold_seconds
            )
        except Conflict:
            continue  # it ended in this moment, which the page tells
        cookies.append(hold_cookie(shop.settings, hold))
    return see(request, "/bag", cookies)


@post("/bag/release")
async def release(request: AnyRequest) -> Response[Any]:
    """Give something back."""
    shop, visitor = shop_of(request)
    form = await form_of(request)
    hold_id = form.get("hold", "")
    own = await lines_of(shop.house, visitor.id, [hold_id])
    if hold_id in own:
        await shop.house.client.release_hold(hold_id, reason="taken out of the bag")
    return see(request, "/bag", [forgotten_hold(shop.settings, hold_id)])


@get("/checkout")
async def look_at_order(request: AnyRequest) -> Response[Any]:
    """What is about to be bought."""
    shop, visitor = shop_of(request)
    bag = await bag_of(shop.house, visitor.id, visitor.hold_ids)
    if not bag.lines or bag.ended:
        return await _bag_page(request)
    basket = Basket.of(shop.settings.secret, visitor.id, bag.hold_ids, bag.total_minor)
    sealed = basket.sealed(shop.settings.secret, visitor.id)
    return page(request, "checkout.html", bag=bag, basket=basket, sealed=sealed)


@post("/checkout")
async def pay(request: AnyRequest) -> Response[Any]:
    """Buy what was shown, once. The payment is an example: it works unless the visitor says that it
    is to fail."""
    shop, visitor = shop_of(request)
    secret = shop.settings.secret
    form = await form_of(request)
    basket = Basket.unsealed(secret, visitor.id, form.get("basket", ""))
    if basket is None:
        raise FormRefused()
    lines = list((await lines_of(shop.house, visitor.id, basket.hold_ids)).values())
    if sum(each.price_minor or 0 for each in lines) != basket.total_minor:
        return await _bag_page(
            request,
            message="A price has changed. Look at your bag again before you pay.",
            status=409,
        )
    if form.get("payment") == "decline":
        return await _bag_page(
            request,
            message="The example payment was declined. Your bag is still yours.",
            status=402,
        )
    bought = await buy(shop.house, visitor.id, basket.number, lines)
    cookies = [forgotten_hold(shop.settings, each) for each in basket.hold_ids]
    if not bought.orders:
        told = "Your time was over before the payment came through. Nothing was bought."
        return await _bag_page(request, message=told, status=409)
    onward = f"/orders/{basket.number}"
    return see(request, onward + ("?lost=1" if bought.lost else ""), cookies)


@get("/orders")
async def list_orders(request: AnyRequest) -> Response[str]:
    """What this visitor bought."""
    shop, visitor = shop_of(request)
    bought = [] if visitor.is_new else await purchases_of(shop.house, visitor.id)
    return page(request, "orders.html", purchases=bought)


@get("/orders/{number:str}")
async def show_order(request: AnyRequest) -> Response[str]:
    """One purchase."""
    shop, visitor = shop_of(request)
    number = request.path_params["number"]
    purchase = await purchase_numbered(shop.house, visitor.id, number)
    if purchase is None:
        return page(request, "not_there.html", status=404)
    skus = [line.sku for order in purchase.orders for line in order.lines]
    products = await shop.house.products_of_skus(skus)
    lost = "lost" in request.query_params
    return page(request, "order.html", purchase=purchase, products=products, lost=lost)


async def _bag_page(
    request: AnyRequest, *, message: str | None = None, status: int = 200
) -> Response[str]:
    shop, visitor = shop_of(request)
    bag = await bag_of(shop.house, visitor.id, visitor.hold_ids)
    cookies = [forgotten_hold(shop.settings, each) for each in bag.forgotten]
    return page(request, "bag.html", status=status, cookies=cookies, bag=bag, message=message)


def _line(sku: str, form: dict[str, str]) -> Line:
    """What a form asks for: some of a SKU, or one number of a lot."""
    lot, _, number = form.get("unit", "").rpartition("/")
    if lot and number.isdigit():
        return Line(sku, 1, lot, (int(number),))
    quantity = form.get("quantity", "1")
    return Line(sku, int(quantity) if quantity.isdigit() and 0 < int(quantity) < 100 else 1)


def _in_words(refusal: Problem) -> str:
    return GONE.get(refusal.type, "The shop could not set this aside. Nothing was bought.")


SELLING = [put, look_into, extend, release, look_at_order, pay, list_orders, show_order]
