alter table outlets.outlet add column signals boolean not null default false;
