"""The index follows every edit, also while it is built anew."""

import random

import pytest
from brute_force import BruteForce
from finding import a_mark, a_whisky, ids_of, look, until

from rackhouse.catalog import listed_products, remove_product, replace_product
from rackhouse.search.engine import Question
from rackhouse.search.rules.documents import document_of
from rackhouse.search.rules.filters import facets_of, filters_of
from rackhouse.search.rules.words import said_in

pytestmark = pytest.mark.usefixtures("index")


async def test_a_rebuild_answers_all_the_while_and_misses_no_edit(context, index):
    mark = a_mark()
    for _ in range(20):
        await a_whisky(context, mark)
    await until(lambda: look(context, mark), lambda found: found.total == 20)
    before = await index.serving(seconds=None)
    rebuilt = index.rebuilt
    index.rebuild()
    late = [await a_whisky(context, mark, "Late") for _ in range(5)]
    least = []
    await until(
        lambda: look(context, mark),
        lambda found: least.append(found.total) or index.rebuilt > rebuilt,
    )
    assert min(least) >= 20
    await until(lambda: look(context, f"late {mark}"), lambda f: {*ids_of(f)} == {*late})
    assert (await look(context, mark)).total == 25
    assert await index.serving(seconds=None) is not before


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_random_edits_and_a_rebuild_all_is_as_looking_at_every_product(
    context, index, seed
):
    chance, mark = random.Random(seed), a_mark()
    built = await index.serving(seconds=None)
    rebuilt, live = index.rebuilt, []
    for step in range(60):
        if step == 20:
            index.rebuild()
        if not live or chance.random() < 0.5:
            said = {"region": chance.choice(["Islay", "Skye"]), "abv": chance.choice([40, 46, 52])}
            live.append(await a_whisky(context, mark, brand=f"B{step % 4}", attributes=said))
        elif chance.random() < 0.4:
            gone = live.pop(chance.randrange(len(live)))
            await remove_product(
                context=context, product_id=gone, only_type=None, expected_version=None
            )
        else:
            draft = {
                "type": "spirit",
                "name": f"Edited {step} {mark}",
                "attributes": {"spirit_type": "rum", "peated": chance.random() < 0.5},
                "variants": [],
            }
            edited = chance.choice(live)
            await replace_product(
                context=context,
                product_id=edited,
                only_type=None,
                draft=draft,
                expected_version=None,
            )
    facets = "brand,region,abv[46],peated,spirit_type"
    oracle = await oracle_of(context, built, index, live)
    for filters in ("", "region:Islay;brand:B1,B2", "peated:true", "spirit_type:rum;abv:40.."):
        question = Question(
            said=said_in(mark, index.analysis, {}, unfinished=False),
            wanted=filters_of(filters, built.fields),
            facets=facets_of(facets, built.fields),
            limit=200,
        )
        wanted = oracle.find(question)
        found = await until(
            lambda filters=filters: look(context, mark, filter=filters, facets=facets, limit=200),
            lambda found, wanted=wanted: (
                [(each.id, each.version) for each in found.items]
                == [(hit.card.id, hit.card.version) for hit in wanted.hits]
            ),
        )
        assert found.total == wanted.total
        for counted in wanted.facets:
            assert [each.count for each in found.facets[counted.field]] == [
                count for _, count in counted.counts
            ]
    await until(lambda: look(context, mark), lambda _: index.rebuilt > rebuilt)
    assert (await look(context, mark)).total == len(live)


async def oracle_of(context, built, index, product_ids):
    """What looks at every one of some products, as the catalog lists them."""
    oracle = BruteForce(built.fields, index.analysis)
    listed = await listed_products(context=context, product_ids=product_ids)
    oracle.put([document_of(each, built.types[each.type], frozenset()) for each in listed.values()])
    oracle.commit()
    return oracle
