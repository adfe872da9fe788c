"""Who hears what: filters, the bounds of callers, and the index that finds both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.feeds.audiences import Audience, AudienceIndex
from rackhouse.feeds.errors import EventTypeUnknown
from rackhouse.feeds.filters import VALUES_LIMIT, Filter, Scope, read_filter, scope_of
from rackhouse.feeds.subjects import Subject
from rackhouse.inventory import OtherChannel
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import MalformedRequest

PRODUCTS = {"gin": ("G1", "G2"), "rum": ("R1",)}
CHANNELS = {"web": ("north", "south"), "till": ("south",)}
SKUS = ("G1", "G2", "R1", "X1")
LOCATIONS = ("north", "south", "east")


def audience(
    *,
    customer_id: str | None = None,
    reads_orders: bool = True,
    sees_drafts: bool = False,
    **asked: set[str],
) -> Audience:
    """An audience that knows what its products and channels consist of."""
    wanted = Filter(**{field: frozenset(values) for field, values in asked.items()})
    scope = Scope(
        filter=wanted,
        customer_id=customer_id,
        reads_orders=reads_orders,
        sees_drafts=sees_drafts,
    )
    made = Audience(scope)
    made.resolve(
        {each: PRODUCTS[each] for each in wanted.product or ()},
        {each: CHANNELS[each] for each in wanted.channel or ()},
    )
    return made


def stock(sku: str = "G1", location: str = "north") -> Subject:
    return Subject(kind="stock", event_type="HoldPlaced", skus=(sku,), locations=(location,))


def order(*skus: str, channel: str = "web", customer_id: str | None = None) -> Subject:
    return Subject(
        kind="order", event_type="OrderPlaced", skus=skus, channel=channel, customer_id=customer_id
    )


def product(name: str, *skus: str) -> Subject:
    return Subject(
        kind="product", event_type="ProductChanged", skus=skus, members=skus, product=name
    )


def lot(sku: str) -> Subject:
    return Subject(kind="lot", event_type="LotRecalled", skus=(sku,))


def rule(name: str, sku: str = "G1", location: str = "south") -> Subject:
    return Subject(
        kind="rule",
        event_type="AllotmentRuleSet",
        skus=(sku,),
        locations=(location,),
        channel=name,
    )


def inbound(*skus: str, to: str = "north") -> Subject:
    return Subject(kind="inbound", event_type="InboundSent", skus=skus, locations=(to,))


def channel(name: str, *locations: str) -> Subject:
    return Subject(
        kind="channel",
        event_type="ChannelChanged",
        locations=locations,
        members=locations,
        channel=name,
    )


def test_no_filter_admits_everything() -> None:
    everyone = audience()
    for about in (stock(), order("G1"), product("gin", "G1"), channel("web", "north")):
        assert everyone.admits(about)


def test_a_sku_selects_its_stock_its_orders_and_its_product() -> None:
    some = audience(sku={"G1"})
    assert some.admits(stock("G1")) and not some.admits(stock("G2"))
    assert some.admits(order("R1", "G1")) and not some.admits(order("R1"))
    assert some.admits(product("gin", "G1")) and not some.admits(product("rum", "R1"))
    assert not some.admits(channel("web", "north"))


def test_shipments_are_heard_by_those_of_the_house_alone() -> None:
    assert audience().admits(inbound("G1", "R1"))
    assert audience(sku={"G1"}).admits(inbound("G1", "R1"))
    assert not audience(sku={"G2"}).admits(inbound("G1", "R1"))
    assert audience(location={"north"}).admits(inbound("G1"))
    assert not audience(location={"south"}).admits(inbound("G1"))
    assert not audience(channel={"web"}).admits(inbound("G1"))
    assert not audience(customer_id="ada").admits(inbound("G1"))


def test_a_product_selects_what_its_skus_select() -> None:
    some = audience(product={"gin"})
    assert some.admits(stock("G2")) and not some.admits(stock("R1"))
    assert some.admits(order("G1")) and some.admits(product("gin"))


def test_product_types_are_heard_of_by_whoever_selects_no_goods_and_no_places() -> None:
    tea = Subject(kind="product type", event_type="ProductTypeChanged")
    hears, index = [audience(), audience(channel={"web"})], AudienceIndex()
    deaf = [audience(sku={"G1"}), audience(product={"gin"}), audience(location={"north"})]
    for each in (*hears, *deaf):
        index.add(each)
    assert [each.admits(tea) for each in hears] == [True, True]
    assert [each.admits(tea) for each in deaf] == [False, False, False]
    assert set(index.matching(tea)) >= set(hears)


def test_lots_are_heard_of_by_whoever_follows_their_sku_or_everything_but_places() -> None:
    for asked in ({"sku": {"G1"}}, {"product": {"gin"}}):
        assert audience(**asked).admits(lot("G1")) and not audience(**asked).admits(lot("R1"))
    assert audience(channel={"web"}).admits(lot("R1")) and audience().admits(lot("R1"))
    assert not audience(location={"north"}).admits(lot("G1"))


def test_how_an_allotment_is_filled_up_is_heard_by_its_own_channel_and_by_those_of_none() -> None:
    assert audience(channel={"till"}).admits(rule("till"))
    assert not audience(channel={"web"}).admits(rule("till"))
    assert not audience(customer_id="ada").admits(rule("till"))
    assert audience().admits(rule("till")) and audience(sku={"G1"}).admits(rule("till"))
    assert not audience(sku={"R1"}).admits(rule("till"))
    assert not audience(location={"north"}).admits(rule("till"))


def test_a_location_selects_stock_and_the_channels_that_sell_from_it() -> None:
    some = audience(location={"north"})
    assert some.admits(stock(location="north")) and not some.admits(stock(location="south"))
    assert some.admits(channel("web", "north")) and not some.admits(channel("till", "south"))
    assert not some.admits(order("G1")) and not some.admits(product("gin", "G1"))


def test_a_channel_selects_its_orders_and_the_stock_that_it_sells_from() -> None:
    some = audience(channel={"till"})
    assert some.admits(stock(location="south")) and not some.admits(stock(location="north"))
    assert some.admits(order("G1", channel="till")) and not some.admits(order("G1", channel="web"))
    assert some.admits(product("gin", "G1")) and not some.admits(channel("web", "south"))


def test_filters_of_different_fields_must_all_hold() -> None:
    some = audience(product={"gin"}, sku={"G1", "R1"}, location={"north"}, channel={"web"})
    assert some.admits(stock("G1", "north"))
    for about in (stock("G2", "north"), stock("R1", "north"), stock("G1", "south")):
        assert not some.admits(about)


def test_a_type_narrows_to_events_of_that_type() -> None:
    some = audience(type={"OrderPlaced"})
    assert some.admits(order("G1")) and not some.admits(stock())


def test_a_customer_hears_no_orders_of_others_and_nothing_of_channels() -> None:
    ada = audience(customer_id="ada")
    assert ada.admits(order("G1", customer_id="ada"))
    assert not ada.admits(order("G1", customer_id="grace")) and not ada.admits(order("G1"))
    assert ada.admits(stock()) and not ada.admits(channel("web", "north"))


def test_who_may_not_read_orders_hears_of_none() -> None:
    assert not audience(reads_orders=False).admits(order("G1"))


def test_a_product_that_gets_a_sku_brings_its_stock_into_scope() -> None:
    some = audience(product={"gin"}, location={"north"})
    came_in = some.widen(product("gin", "G2", "G3"))
    assert (came_in.skus, came_in.locations) == ({"G3"}, {"north"})
    assert some.admits(stock("G3")) and not some.admits(stock("G1"))


def test_a_channel_that_gets_a_location_brings_its_stock_into_scope() -> None:
    some = audience(channel={"till"})
    came_in = some.widen(channel("till", "south", "east"))
    assert (came_in.skus, came_in.locations) == (None, {"east"})
    assert some.admits(stock(location="east"))


def test_an_event_is_newer_than_what_was_looked_up() -> None:
    some = audience(product={"gin"})
    some.widen(product("gin", "G9"))
    some.resolve(PRODUCTS, {})
    assert some.selection.skus == {"G9"} | set(PRODUCTS["rum"])


def chosen(values: tuple[str, ...]) -> st.SearchStrategy[set[str] | None]:
    return st.none() | st.sets(st.sampled_from(values), min_size=1)


filters = st.fixed_dictionaries(
    {
        "sku": chosen(SKUS),
        "product": chosen(tuple(PRODUCTS)),
        "location": chosen(LOCATIONS),
        "channel": chosen(tuple(CHANNELS)),
        "type": chosen(("HoldPlaced", "OrderPlaced")),
    }
)
some_skus = st.lists(st.sampled_from(SKUS), min_size=1, unique=True)
subjects = st.one_of(
    st.builds(stock, st.sampled_from(SKUS), st.sampled_from(LOCATIONS)),
    st.builds(lambda skus, name: order(*skus, channel=name), some_skus, st.sampled_from(("web",))),
    st.builds(lambda name, skus: product(name, *skus), st.sampled_from(("gin", "ale")), some_skus),
    st.builds(
        lambda name, at: channel(name, *at),
        st.sampled_from(tuple(CHANNELS)),
        st.lists(st.sampled_from(LOCATIONS), unique=True),
    ),
    st.builds(
        lambda at: Subject(kind="location", event_type="LocationOpened", locations=(at,)),
        st.sampled_from(LOCATIONS),
    ),
    st.builds(lot, st.sampled_from(SKUS)),
    st.builds(
        rule,
        st.sampled_from(tuple(CHANNELS)),
        st.sampled_from(SKUS),
        st.sampled_from(LOCATIONS),
    ),
)


@given(st.lists(filters, max_size=6), st.lists(subjects, max_size=12))
def test_the_index_finds_exactly_those_whom_asking_everyone_finds(
    asked: list[dict[str, set[str] | None]], told: list[Subject]
) -> None:
    everyone = [audience(**{k: v for k, v in each.items() if v is not None}) for each in asked]
    index = AudienceIndex()
    for each in everyone:
        index.add(each)
    for about in told:
        concerned = [each for each in everyone if each.admits(about) or each.follows(about)]
        found = [
            each for each in index.matching(about) if each.admits(about) or each.follows(about)
        ]
        assert sorted(map(id, found)) == sorted(map(id, concerned))
        for each in concerned:
            if each.follows(about):
                index.remove(each)
                each.widen(about)
                index.add(each)
    for each in everyone:
        index.remove(each)
    assert not index._found


def concerns(each: Audience, about: Subject) -> bool:
    return each.admits(about) or each.follows(about)


def caller(**bounds: str) -> Caller:
    return Caller(subject="test", permissions=frozenset({"stream:read"}), **bounds)


def test_who_acts_for_a_channel_asks_for_that_channel_even_without_saying_so() -> None:
    assert scope_of(Filter(), caller(channel="web")).filter.channel == {"web"}
    with pytest.raises(OtherChannel):
        scope_of(Filter(channel=frozenset({"web", "till"})), caller(channel="web"))


def test_a_filter_has_limits() -> None:
    for values in (["x"] * (VALUES_LIMIT + 1), ["x" * 201], ["a\x00b"], [""]):
        with pytest.raises(MalformedRequest):
            read_filter({"sku": values}, ())


def test_a_type_that_nobody_publishes_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(EventTypeUnknown) as refused:
        read_filter({"type": ["HoldPlased"]}, {"HoldPlaced"})
    assert refused.value.event_types == ["HoldPlaced"]


def test_a_product_that_is_not_live_is_heard_by_those_who_see_drafts() -> None:
    hidden = Subject(
        kind="product", event_type="ProductCreated", skus=("G1",), product="gin", hidden=True
    )
    assert audience(sees_drafts=True).admits(hidden)
    assert not audience().admits(hidden)
    assert not audience(product={"gin"}).admits(hidden)
    assert audience().admits(product("gin", "G1"))
