alter table catalog.product
    add column stage text not null default 'live',
    add column goes_live_at timestamptz,
    add column archives_at timestamptz,
    add column told_state text not null default 'live',
    add column due_at timestamptz,
    add column availability text not null default 'unstocked',
    add constraint known_stage check (stage in ('draft', 'live', 'archived')),
    add constraint known_availability
        check (availability in ('unstocked', 'in_stock', 'sold_out')),
    add constraint archived_after_it_went_live check (archives_at > goes_live_at);

create index product_by_due on catalog.product (due_at) where due_at is not null;

create table catalog.product_version (
    product_id text not null,
    version bigint not null,
    document json,
    actor text not null,
    written_at timestamptz not null,
    restored_version bigint,
    primary key (product_id, version)
);

drop view catalog.listed_product;

create view catalog.listed_product as
select id, type, name, brand, categories, tags, lowest_price_minor, release_date, fingerprint,
    updated_at, state.told as state,
    json_build_object(
        'id', id, 'type', type, 'name', name, 'brand', brand, 'description', description,
        'categories', categories, 'tags', tags, 'price_minor', price_minor, 'currency', currency,
        'release_date', release_date, 'media', media, 'attributes', attributes,
        'variants', (
            select coalesce(json_agg(json_build_object(
                'sku', v.sku, 'name', v.name, 'options', v.options, 'barcode', v.barcode,
                'price_minor', v.price_minor,
                'components', (
                    select coalesce(json_agg(
                        json_build_object('sku', c.component_sku, 'quantity', c.quantity)
                        order by c.position), '[]')
                    from catalog.component c where c.bundle_sku = v.sku))
                order by v.position), '[]')
            from catalog.variant v where v.product_id = product.id),
        'stage', stage, 'goes_live_at', goes_live_at, 'archives_at', archives_at,
        'state', state.told, 'availability', availability,
        'version', version, 'created_at', created_at, 'updated_at', updated_at
    )::text as document
from catalog.product
cross join lateral (
    select case
        when stage <> 'live' then stage
        when archives_at <= statement_timestamp() then 'archived'
        when goes_live_at > statement_timestamp() then 'scheduled'
        else 'live'
    end as told
) as state;

insert into catalog.product_version (product_id, version, document, actor, written_at)
select p.id, p.version, (p.document::jsonb - array['state', 'availability', 'version',
    'created_at', 'updated_at'])::json, coalesce(e.actor, 'unknown'), p.updated_at
from (select listed.*, product.version from catalog.listed_product listed
      join catalog.product using (id)) p
left join catalog.event e on e.stream = 'product:' || p.id and e.version = p.version;
