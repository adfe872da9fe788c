"""PostgreSQL's own full text with the same words, filters and facets, on the same products."""

import asyncio
import itertools
import time
from collections.abc import Sequence

import psycopg

from benchmarks.laboratory import Laboratory
from benchmarks.load import Sample, UnexpectedAnswer
from benchmarks.searching.questions import Asked

__all__ = ["fill_beside", "measure_beside"]

FILL = """
create schema beside;
create table beside.product as
select id, name, type, brand, price_minor, release_date,
    attributes ->> 'color' as color, attributes ->> 'season' as season,
    attributes ->> 'year' as year, attributes ->> 'usage' as usage,
    attributes ->> 'garment_type' as garment_type, attributes ->> 'gender' as gender,
    array(select jsonb_array_elements_text(tags)) as tags,
    array(
        select distinct array_to_string((string_to_array(path, '/'))[:depth], '/')
        from jsonb_array_elements_text(categories) as c (path),
            generate_series(1, cardinality(string_to_array(path, '/'))) as depth
    ) as categories,
    setweight(to_tsvector('english', name), 'A')
        || setweight(to_tsvector('english', coalesce(brand, '')), 'B')
        || setweight(jsonb_to_tsvector('english', attributes, '["string"]'), 'C')
        || setweight(to_tsvector('english', translate(categories::text, '/', ' ')), 'C')
        || setweight(to_tsvector('english', description), 'D') as words
from catalog.product;
alter table beside.product add primary key (id);
create index on beside.product using gin (words);
create index on beside.product (gender);
analyze beside.product;
"""

FIND = """
with asked (query) as (select websearch_to_tsquery('english', %(words)s)),
found as materialized (
    select p.*,
        gender = any(%(genders)s) as by_gender,
        case when %(field)s = 'year' then year else season end = any(%(values)s) as by_other,
        price_minor <= %(price_to)s as by_price
    from beside.product p, asked where p.words @@ asked.query
),
narrowed as materialized (select * from found where by_gender and by_other and by_price)
(select 'page' as facet, id as value, 0 as many from narrowed, asked
    order by ts_rank(words, asked.query) desc, id limit 20)
union all (select 'total', '', count(*) from narrowed)
union all (select 'type', type, count(*) from narrowed group by 2 order by 3 desc limit 50)
union all (select 'brand', brand, count(*) from narrowed group by 2 order by 3 desc limit 50)
union all (select 'color', color, count(*) from narrowed group by 2 order by 3 desc limit 50)
union all (select 'usage', usage, count(*) from narrowed group by 2 order by 3 desc limit 50)
union all (select 'garment_type', garment_type, count(*) from narrowed
    group by 2 order by 3 desc limit 50)
union all (select 'tag', tag, count(*) from narrowed, unnest(tags) as t (tag)
    group by 2 order by 3 desc limit 50)
union all (select 'category', path, count(*) from narrowed, unnest(categories) as c (path)
    group by 2 order by 3 desc limit 50)
union all (select 'season', season, count(*) from found
    where by_gender and by_price and (by_other or %(field)s = 'season')
    group by 2 order by 3 desc limit 50)
union all (select 'year', year, count(*) from found
    where by_gender and by_price and (by_other or %(field)s = 'year')
    group by 2 order by 3 desc limit 50)
union all (select 'gender', gender, count(*) from found where by_other and by_price
    group by 2 order by 3 desc limit 50)
union all (select 'price_minor', width_bucket(price_minor, array[1000, 2500, 5000, 10000])::text,
    count(*) from found where by_gender and by_other group by 2)
"""


async def fill_beside(lab: Laboratory) -> None:
    """Write the products of the catalog down as full text search wants them, with indexes."""
    async with await _connected(lab) as database:
        await database.execute(FILL.encode())


async def measure_beside(
    lab: Laboratory, asked: Sequence[Asked], *, clients: int, seconds: float
) -> Sample:
    """How many of the questions it answers, each client with a connection of its own."""
    again = itertools.cycle(asked)
    latencies: list[float] = []
    started = time.perf_counter()

    async def go() -> None:
        async with await _connected(lab) as database:
            while (now := time.perf_counter()) < started + seconds:
                await _find(database, next(again))
                latencies.append((time.perf_counter() - now) * 1000)

    await asyncio.gather(*(go() for _ in range(clients)))
    return Sample(len(latencies), time.perf_counter() - started, sorted(latencies))


async def _find(database: "psycopg.AsyncConnection[tuple[object, ...]]", asked: Asked) -> None:
    field, values = asked.seasons_or_years
    cursor = await database.execute(
        FIND.encode(),
        {
            "words": asked.words,
            "genders": list(asked.genders),
            "field": field,
            "values": list(values),
            "price_to": asked.price_to,
        },
        prepare=True,
    )
    rows = await cursor.fetchall()
    if not any(row[0] == "total" for row in rows):
        raise UnexpectedAnswer("PostgreSQL counted nothing")


async def _connected(lab: Laboratory) -> "psycopg.AsyncConnection[tuple[object, ...]]":
    url = lab.settings.database_url
    assert url is not None
    return await psycopg.AsyncConnection.connect(url, autocommit=True)
