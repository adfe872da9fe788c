alter table channels.channel
    add column sourcing text not null default 'channel_order',
    add column split boolean not null default true,
    add constraint channel_sourcing_is_known check (
        sourcing in ('channel_order', 'nearest', 'fewest_parcels', 'spread'));
