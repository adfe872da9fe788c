"""Random rules and moments, beside an oracle that looks at every moment anew in plain Python."""

import datetime
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pricing_sheets import SKU, a_list, a_listing, a_price, a_promotion, day

from rackhouse.pricing.rules import (
    BundlePrice,
    BuyGet,
    FixedOff,
    FixedPrice,
    Percentage,
    Question,
    Sheet,
    Targets,
    answer,
)

# Days are few and whole, so that things meet, touch and overlap often.
FIRST, LAST = -70, 10
DAYS = st.integers(FIRST, LAST)
CHANNELS = st.sampled_from([None, "web"])
GROUPS = st.sampled_from([None, "vip"])
TARGETS = st.sampled_from(
    [Targets(), Targets(skus=(SKU,)), Targets(tags=("gift",)), Targets(categories=("wine",))]
)
DISCOUNTS = st.one_of(
    st.builds(Percentage, off_basis_points=st.sampled_from([500, 1250, 3333, 10_000])),
    st.builds(FixedOff, off_minor=st.integers(1, 1500)),
    st.builds(FixedPrice, price_minor=st.integers(0, 1500)),
    st.builds(BuyGet, buy=st.integers(1, 3), get=st.integers(1, 2)),
    st.builds(BundlePrice, pieces=st.integers(2, 4), price_minor=st.integers(0, 4000)),
)


@st.composite
def spans(draw: Any) -> dict[str, Any]:
    """When something counts, and when it was on record."""
    starts, ends = draw(st.none() | DAYS), draw(st.none() | DAYS)
    recorded, closed = draw(st.integers(FIRST, 0)), draw(st.none() | st.integers(FIRST, 0))
    if starts is not None and ends is not None and ends <= starts:
        ends = starts + 1
    if closed is not None and closed <= recorded:
        closed = None
    return {
        "starts_at": None if starts is None else day(starts),
        "ends_at": None if ends is None else day(ends),
        "recorded": day(recorded),
        "closed": None if closed is None else day(closed),
    }


@st.composite
def sheets(draw: Any) -> Sheet:
    """Some lists that stand on one another, prices, promotions, and a past of the catalog."""
    lists, prices = [], []
    for number in range(draw(st.integers(0, 3))):
        bases = [None, "catalog", *(f"l{below}" for below in range(number))]
        name = f"l{number}"
        lists.append(
            a_list(
                name,
                **draw(spans()),
                channel=draw(CHANNELS),
                customer_group=draw(GROUPS),
                priority=number,  # so that no two are alike
                base=draw(st.sampled_from(bases)),
                base_factor_basis_points=draw(st.sampled_from([5000, 9999, 10_000, 12_345])),
                base_adjustment_minor=draw(st.integers(-300, 300)),
            )
        )
        for quantity in draw(st.sets(st.sampled_from([1, 3, 5]))):
            amount = draw(st.integers(0, 2000))
            prices.append(a_price(amount, name, min_quantity=quantity, **draw(spans())))
    promotions = [
        a_promotion(
            f"p{number}",
            draw(DISCOUNTS),
            number + 1,
            **draw(spans()),
            channel=draw(CHANNELS),
            customer_group=draw(GROUPS),
            currency="EUR",
            stackable=draw(st.booleans()),
            targets=draw(TARGETS),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    changed = draw(st.integers(FIRST, 0))
    listings = [
        a_listing(draw(st.integers(1, 2000)), recorded=day(FIRST - 9), closed=day(changed)),
        a_listing(draw(st.integers(1, 2000)), recorded=day(changed)),
    ]
    return Sheet(lists=lists, prices=prices, promotions=promotions, listings=listings)


class Oracle:
    """What everything costs at one moment, without a thought of speed. With fractions, which are
    rounded where the rules say so."""

    def __init__(self, sheet: Sheet, asked: Question, at: datetime.datetime, now: Any) -> None:
        self.sheet, self.asked, self.at = sheet, asked, at
        self.known_at = at if at < now else now

    def counts(self, record: Any, dated: Any) -> bool:
        return (
            not record.recorded_at > self.known_at
            and not (record.closed_at is not None and record.closed_at <= self.known_at)
            and not (dated.starts_at is not None and dated.starts_at > self.at)
            and not (dated.ends_at is not None and dated.ends_at <= self.at)
        )

    def is_for(self, said: Any) -> bool:
        return (said.channel is None or said.channel == self.asked.channel) and (
            said.customer_group is None or said.customer_group == self.asked.customer_group
        )

    def catalog(self) -> int | None:
        told = None
        for each in self.sheet.listings:
            open_ = each.closed_at is None or each.closed_at > self.known_at
            if each.recorded_at <= self.known_at and open_:
                told = each.price_minor
        return told

    def of_list(self, rule: Any) -> int | None:
        tiers = {
            each.min_quantity: each.price_minor
            for each in self.sheet.prices
            if each.list_id == rule.id and self.counts(each, each)
        }
        reached = [each for each in tiers if each <= self.asked.quantity]
        if reached:
            return tiers[max(reached)]
        if rule.terms.base is None:
            return None
        base = None
        if rule.terms.base == "catalog":
            base = self.catalog()
        for each in self.sheet.lists:
            if each.id == rule.terms.base and self.counts(each, each.terms):
                base = self.of_list(each)
        if base is None:
            return None
        share = rounded(Fraction(base * rule.terms.base_factor_basis_points, 10_000))
        return max(0, share + rule.terms.base_adjustment_minor)

    def regular(self) -> int | None:
        for each in reversed(self.sheet.lists):  # each has a higher priority than the one before
            if self.is_for(each.terms) and self.counts(each, each.terms):
                found = self.of_list(each)
                if found is not None:
                    return found
        return self.catalog()

    def paid(self) -> tuple[int | None, int | None, list[str]]:
        """A piece, all pieces, and the promotions that apply."""
        regular = self.regular()
        if regular is None:
            return None, None, []
        able = [
            each
            for each in self.sheet.promotions
            if self.is_for(each.terms)
            and self.counts(each, each.terms)
            and each.terms.targets != Targets(categories=("wine",))
        ]
        apiece = [each for each in able if isinstance(each.terms.discount, APIECE)]
        together = [each for each in able if not isinstance(each.terms.discount, APIECE)]
        price, total, used = regular, regular * self.asked.quantity, []
        for each in [*apiece, *together]:
            reduced = cheaper(each.terms.discount, price)
            all_of_them = in_all(each.terms.discount, reduced, self.asked.quantity)
            if all_of_them < total and (each.terms.stackable or not used):
                price, total = reduced, all_of_them
                used.append(each.id)
                if each in together or not each.terms.stackable:
                    break
        return price, total, used


APIECE = (Percentage, FixedOff, FixedPrice)


def rounded(exact: Fraction) -> int:
    whole = exact.numerator // exact.denominator
    return whole + 1 if exact - whole >= Fraction(1, 2) else whole


def cheaper(discount: Any, price: int) -> int:
    if isinstance(discount, Percentage):
        return rounded(price * (1 - Fraction(discount.off_basis_points, 10_000)))
    if isinstance(discount, FixedOff):
        return max(0, price - discount.off_minor)
    if isinstance(discount, FixedPrice):
        return min(discount.price_minor, price)
    return price


def in_all(discount: Any, price: int, quantity: int) -> int:
    """Piece by piece."""
    if isinstance(discount, BuyGet):
        round_ = discount.buy + discount.get
        in_full_rounds = quantity - quantity % round_
        return sum(
            0 if piece < in_full_rounds and piece % round_ >= discount.buy else price
            for piece in range(quantity)
        )
    total = 0
    while isinstance(discount, BundlePrice) and quantity >= discount.pieces:
        total, quantity = total + discount.price_minor, quantity - discount.pieces
    return total + quantity * price


def lowest_day_by_day(sheet: Sheet, asked: Question, at: int) -> int | None:
    """Everything changes at noon, so that every day has one price. The days of a reduction are
    walked back to the first, and the thirty before it looked at one by one."""
    one = {"sheet": sheet, "asked": asked, "now": day(0)}

    def on(number: int) -> tuple[int | None, int | None]:
        of_day = Oracle(at=day(number), **one)
        return of_day.paid()[0], of_day.regular()

    first = at
    price, regular = on(at)
    if price is not None and regular is not None and price < regular:
        while first > at - 365:
            before, regular_before = on(first - 1)
            if before is None or regular_before is None or before >= regular_before:
                break
            first -= 1
    told = [price for price, _ in map(on, range(first - 30, first)) if price is not None]
    return min(told, default=None)


@settings(max_examples=120)
@given(sheets(), CHANNELS, GROUPS, st.sampled_from([1, 2, 3, 5, 7]), st.integers(-40, LAST))
def test_every_answer_is_what_the_oracle_says(
    sheet: Sheet, channel: str | None, group: str | None, quantity: int, at: int
) -> None:
    asked = Question(sku=SKU, quantity=quantity, channel=channel, customer_group=group)
    found = answer(sheet, asked, day(at), day(0))
    oracle = Oracle(sheet, asked, day(at), day(0))
    told = (found.price_minor, found.total_minor, [each.id for each in found.promotions])
    assert told == oracle.paid()
    assert found.regular_minor == oracle.regular()


@settings(max_examples=60)
@given(sheets(), CHANNELS, st.sampled_from([1, 3]), st.integers(-35, LAST))
def test_the_lowest_price_is_what_looking_at_each_day_finds(
    sheet: Sheet, channel: str | None, quantity: int, at: int
) -> None:
    asked = Question(sku=SKU, quantity=quantity, channel=channel)
    found = answer(sheet, asked, day(at), day(0))
    if found.price_minor is not None:
        assert found.lowest_minor_30_days == lowest_day_by_day(sheet, asked, at)


@settings(max_examples=60)
@given(sheets(), st.integers(-35, LAST), st.integers(0, 29))
def test_no_answer_changes_before_it_says_so(sheet: Sheet, at: int, later: int) -> None:
    asked = Question(sku=SKU)
    found = answer(sheet, asked, day(at), day(0))
    if found.valid_until is not None and day(at + later) >= found.valid_until:
        return
    after = answer(sheet, asked, day(at + later), day(0))
    for field in ("price_minor", "regular_minor", "lowest_minor_30_days", "promotions"):
        assert getattr(found, field) == getattr(after, field)
