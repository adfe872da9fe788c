create schema search;

create table search.asked (
    day date not null,
    words text not null,
    asked bigint not null,
    without_result bigint not null,
    last_found bigint not null,
    primary key (day, words),
    constraint counted_rightly check (asked > 0 and without_result between 0 and asked)
);

create table search.wish (
    only_one boolean primary key default true,
    rebuilds bigint not null default 0,
    wished_by text,
    wished_at timestamptz,
    constraint one_row check (only_one)
);

insert into search.wish default values;
