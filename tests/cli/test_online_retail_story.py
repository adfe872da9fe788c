"""The story of a shop's file: every line belongs to one step. No database."""

from collections import Counter
from typing import Any

from rackhouse.cli.online_retail.story import (
    Found,
    GoodsBack,
    Sale,
    Story,
    WrittenOff,
    story_of,
)

SKUS = {"CUP", "LAMP"}


def row(
    invoice: str,
    sku: str,
    quantity: int,
    *,
    price: str = "2.50",
    customer: str = "17850",
    country: str = "Germany",
) -> dict[str, Any]:
    return {
        "InvoiceNo": invoice,
        "StockCode": sku,
        "Quantity": str(quantity),
        "UnitPrice": price,
        "CustomerID": customer,
        "Country": country,
    }


def told(*rows: dict[str, Any], invoices_limit: int | None = None) -> Story:
    return story_of(rows, skus=SKUS, invoices_limit=invoices_limit)


def test_the_lines_of_an_invoice_are_one_sale() -> None:
    story = told(row("1", "cup", 2), row("1", "LAMP", 1), row("1", "CUP", 3))
    (sale,) = story.steps
    assert isinstance(sale, Sale)
    assert sale.wanted == {"CUP": 5, "LAMP": 1}
    assert sale.lines == Counter({"CUP": 2, "LAMP": 1})
    assert (sale.channel, sale.customer_id) == ("retail-de", "17850")
    assert story.demand() == Counter({"CUP": 5, "LAMP": 1})


def test_postage_is_a_line_but_no_goods() -> None:
    story = told(row("1", "POST", 1), row("1", "CUP", 1))
    assert (story.lines, story.lines_not_goods) == (2, 1)


def test_goods_come_back_to_the_latest_sales_of_that_customer() -> None:
    story = told(
        row("1", "CUP", 2),
        row("2", "CUP", 3),
        row("3", "CUP", 9, customer="99999"),
        row("C4", "CUP", -4),
    )
    note = story.steps[-1]
    assert isinstance(note, GoodsBack)
    (line,) = note.returns
    assert [(sale.invoice, pieces) for sale, pieces in line.sales] == [("2", 3), ("1", 1)]


def test_what_has_come_back_once_can_not_come_back_again() -> None:
    story = told(row("1", "CUP", 2), row("C2", "CUP", -2), row("C3", "CUP", -2))
    first, second = story.steps[1:]
    assert isinstance(first, GoodsBack)
    assert isinstance(second, GoodsBack)
    assert [pieces for _, pieces in first.returns[0].sales] == [2]
    assert second.returns[0].sales == ()


def test_somebody_without_a_name_is_matched_within_the_country() -> None:
    story = told(
        row("1", "CUP", 2, customer="", country="France"),
        row("C2", "CUP", -1, customer="", country="Germany"),
        row("C3", "CUP", -1, customer="", country="France"),
    )
    elsewhere, at_home = story.steps[1:]
    assert isinstance(elsewhere, GoodsBack)
    assert isinstance(at_home, GoodsBack)
    assert elsewhere.returns[0].sales == ()
    assert [sale.invoice for sale, _ in at_home.returns[0].sales] == ["1"]


def test_a_free_line_is_a_gift_on_a_priced_invoice_and_a_find_on_any_other() -> None:
    story = told(
        row("1", "CUP", 1, customer=""),
        row("1", "LAMP", 1, price="0.0", customer=""),
        row("2", "LAMP", 5, price="0.0", customer=""),
    )
    gift, find = story.steps
    assert isinstance(gift, Sale)
    assert gift.wanted == {"CUP": 1, "LAMP": 1}
    assert isinstance(find, Found)
    assert (find.sku, find.quantity) == ("LAMP", 5)


def test_pieces_that_are_missing_are_written_off() -> None:
    (step,) = told(row("1", "CUP", -6, price="0.0", customer="")).steps
    assert isinstance(step, WrittenOff)
    assert (step.sku, step.quantity) == ("CUP", 6)


def test_only_so_many_invoices_are_told() -> None:
    story = told(row("1", "CUP", 1), row("2", "CUP", 1), row("1", "LAMP", 1), invoices_limit=1)
    (sale,) = story.steps
    assert isinstance(sale, Sale)
    assert sale.wanted == {"CUP": 1, "LAMP": 1}
    assert story.lines == 2
