alter table webhooks.endpoint
    add column cursor text,
    add column signals boolean not null default false;
