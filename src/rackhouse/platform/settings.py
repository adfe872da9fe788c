"""Settings: everything that may be said from outside, each as ``RACKHOUSE_<NAME>``."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["Settings"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What this process was told. Descriptions here are the documentation of each setting."""

    host: Annotated[
        str,
        Meta(description="Address to listen on. Loopback unless you say otherwise."),
    ] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535, description="Port of the API and the console.")] = (
        8080
    )
    data: Annotated[
        Path,
        Meta(description="Directory of the embedded PostgreSQL and of the local secret key."),
    ] = Path(".rackhouse")
    archive: Annotated[
        Path | None,
        Meta(
            description="Directory of the files that old events are moved to; every process that "
            "answers questions about them must reach it. Unset: `archive` in the data directory."
        ),
    ] = None
    archive_after_days: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="Age at which the events of a whole month are moved to the archive. "
            "Unset: never.",
        ),
    ] = None
    database_url: Annotated[
        str | None,
        Meta(description="PostgreSQL 16 to 18 to use. Unset: the embedded server is started."),
    ] = None
    database_urls: Annotated[
        dict[str, str],
        Meta(
            description="Another database for one module, as "
            "`RACKHOUSE_DATABASE_URL__<MODULE>`, for example `RACKHOUSE_DATABASE_URL__CATALOG`."
        ),
    ] = msgspec.field(default_factory=dict)
    pg_bin: Annotated[
        Path | None,
        Meta(description="Directory of other PostgreSQL binaries for the embedded server."),
    ] = None
    public_url: Annotated[
        str | None,
        Meta(
            description="Where callers reach this service. It is the issuer of its tokens. "
            "Unset: `http://<host>:<port>`."
        ),
    ] = None
    allowed_origins: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/,\s]+(,https?://[^/,\s]+)*)?$",
            description="Origins of pages of elsewhere that may read the API in a browser, with "
            "commas between them: `https://shop.example`. Unset: none but the service's own.",
        ),
    ] = ""
    secret_key: Annotated[
        str | None,
        Meta(
            description="Base64 of 32 bytes that encrypt secrets at rest. "
            "Unset: made once and kept in the data directory, readable by its owner only."
        ),
    ] = None
    api_workers: Annotated[
        int, Meta(ge=1, le=64, description="Processes that serve the API and the console.")
    ] = 2
    database_connections: Annotated[
        int,
        Meta(ge=2, le=100, description="Most connections of one process to one database."),
    ] = 8
    request_timeout_seconds: Annotated[
        float,
        Meta(gt=0, le=300, description="How long a request may take before it is given up."),
    ] = 15.0
    max_body_bytes: Annotated[
        int, Meta(ge=1024, description="Largest request body that is read.")
    ] = 2_097_152
    import_max_bytes: Annotated[
        int,
        Meta(ge=1024, description="Largest file of the catalog that is imported over the API."),
    ] = 536_870_912
    rate_limit_per_second: Annotated[
        int,
        Meta(ge=0, description="Requests a second that one caller may send, 0 for no limit."),
    ] = 2000
    rate_limit_burst: Annotated[
        int, Meta(ge=1, description="Requests that one caller may send at once.")
    ] = 4000
    batch_limit: Annotated[
        int,
        Meta(ge=1, le=4096, description="Most requests that one group commit decides together."),
    ] = 256
    queue_limit: Annotated[
        int,
        Meta(ge=1, description="Most requests that wait for a group commit; past it: busy."),
    ] = 5000
    hold_ttl_limit_seconds: Annotated[
        int, Meta(ge=1, description="Longest time that a hold may be placed or extended for.")
    ] = 86_400
    order_ttl_seconds: Annotated[
        int,
        Meta(ge=1, description="How long a pending order keeps its stock before it is confirmed."),
    ] = 900
    catalog_prices_include_tax: Annotated[
        bool, Meta(description="Whether tax is in the prices of the catalog already.")
    ] = True
    waiting_offer_seconds: Annotated[
        int,
        Meta(ge=1, description="How long an offer to a waiting customer is good for, if not said."),
    ] = 900
    token_ttl_seconds: Annotated[
        int, Meta(ge=1, le=86_400, description="How long an access token is good for.")
    ] = 900
    stream_queue_limit: Annotated[
        int,
        Meta(ge=1, description="Events that may wait for a slow stream client before it is cut."),
    ] = 1000
    stream_heartbeat_seconds: Annotated[
        float, Meta(gt=0, le=300, description="Silence on a stream after which a heartbeat goes.")
    ] = 15.0
    grpc_port: Annotated[
        Annotated[int, Meta(ge=0, le=65535)] | None,
        Meta(
            description="Port of gRPC, on the same address; 0 for none. Unset: the port after the "
            "API's, if nothing else uses it.",
        ),
    ] = None
    grpc_tls_certificate: Annotated[
        Path | None,
        Meta(description="PEM file with the certificates of gRPC. Unset: gRPC is not encrypted."),
    ] = None
    grpc_tls_key: Annotated[
        Path | None,
        Meta(description="PEM file with the key of gRPC. Unset: it is in the certificate's file."),
    ] = None
    stream_commands_limit: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            description="Commands of one connection carried out at once; more wait unread.",
        ),
    ] = 512
    audit_interval_seconds: Annotated[
        int,
        Meta(
            ge=0,
            description="How often an audit goes on where the last one ended, 0 for never.",
        ),
    ] = 900
    audit_whole_interval_seconds: Annotated[
        int,
        Meta(ge=0, description="How often an audit reads everything, 0 for never."),
    ] = 86_400
    audit_share: Annotated[
        float,
        Meta(gt=0, le=1, description="The share of the time that an audit works; it rests else."),
    ] = 0.1
    report_tolerance_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=3600,
            description="How long a change may be on its way to a channel, or from it, before the "
            "channel's own figure counts as another.",
        ),
    ] = 30
    count_approval_pieces: Annotated[
        int,
        Meta(
            ge=0,
            description="A difference of more pieces than this is posted only once somebody else "
            "has approved it.",
        ),
    ] = 10
    notary_every_seconds: Annotated[
        int,
        Meta(
            ge=60,
            le=604_800,
            description="After how long what a log has grown to is signed again. It is looked at "
            "once a minute.",
        ),
    ] = 3600
    graphql_depth_limit: Annotated[
        int, Meta(ge=1, le=100, description="How deep the fields of a GraphQL query may be nested.")
    ] = 15
    graphql_alias_limit: Annotated[
        int, Meta(ge=0, description="Most aliases in a GraphQL query.")
    ] = 30
    graphql_token_limit: Annotated[
        int, Meta(ge=100, description="Most tokens (words and signs) of a GraphQL query.")
    ] = 2000
    graphql_cost_limit: Annotated[
        int, Meta(ge=1, description="Most objects that a GraphQL query may answer.")
    ] = 10_000
    connector_timeout_seconds: Annotated[
        float,
        Meta(gt=0, le=120, description="How long a connected channel may take for an answer."),
    ] = 10.0
    connector_poll_seconds: Annotated[
        int,
        Meta(
            ge=1,
            le=86_400,
            description="How often a connected channel is asked for its sales, in case that it "
            "could not tell of one.",
        ),
    ] = 60
    connector_compare_seconds: Annotated[
        int,
        Meta(
            ge=1,
            le=86_400,
            description="How often all figures of a connected channel are compared with ours.",
        ),
    ] = 900
    connector_inbox_days: Annotated[
        int,
        Meta(ge=1, le=365, description="How long a delivery is kept after it was read."),
    ] = 30
    outlet_within_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=86_400,
            description="Within how many seconds an outlet is promised to be told of a change, "
            "where its channel has no lag rule.",
        ),
    ] = 5.0
    outlet_share: Annotated[
        float,
        Meta(
            gt=0,
            lt=1,
            description="For which share of the changes that is promised, where the channel has no "
            "lag rule.",
        ),
    ] = 0.999
    outlet_limit_seconds: Annotated[
        float,
        Meta(
            gt=0,
            description="Lag of a channel beyond which its promise counts as breached, where it "
            "has no lag rule.",
        ),
    ] = 60.0
    outbound_networks: Annotated[
        str,
        Meta(
            description="Networks that are not public but to which webhooks and connectors may "
            "send all the same, such as `10.1.0.0/16 127.0.0.0/8`."
        ),
    ] = ""
    outbound_http: Annotated[
        bool,
        Meta(description="Whether webhooks and connectors may send without TLS."),
    ] = False
    webhook_timeout_seconds: Annotated[
        float, Meta(gt=0, le=60, description="How long a webhook's target may take to answer.")
    ] = 15.0
    webhook_attempts_hours: Annotated[
        int, Meta(ge=1, le=720, description="How long attempts to deliver to webhooks are listed.")
    ] = 72
    search_language: Annotated[
        str,
        Meta(
            pattern="^(none|arabic|danish|dutch|english|finnish|french|german|greek|hungarian"
            "|italian|norwegian|portuguese|romanian|russian|spanish|swedish|tamil|turkish)$",
            description="Language of the products, whose words search finds in all their forms; "
            "`none` finds them as they are.",
        ),
    ] = "english"
    search_synonyms: Annotated[
        Path | None,
        Meta(
            description="File with the seller's own synonyms, a group a line, with commas between "
            "the words: `whisky, whiskey`."
        ),
    ] = None
    search_asked_days: Annotated[
        int, Meta(ge=1, le=3650, description="How long what was searched for is kept, counted.")
    ] = 90
    search_at_start: Annotated[
        bool,
        Meta(description="Whether the API builds its search index at its start, or once asked."),
    ] = True
    bus_url: Annotated[
        Annotated[str, Meta(pattern="^(nats|tls|amqps?|kafkas?)://")] | None,
        Meta(
            description="Broker that everything public is relayed to: `nats://host:4222` or "
            "`tls://`, `amqp://` or `amqps://`, `kafka://` or `kafkas://`. Several servers are "
            "parted by commas. Unset: none."
        ),
    ] = None
    bus_name: Annotated[
        str,
        Meta(
            pattern="^[A-Za-z0-9_-]{1,40}$",
            description="What subjects at the broker begin with; also the name of what keeps them.",
        ),
    ] = "rackhouse"
    bus_replicas: Annotated[
        int, Meta(ge=1, le=5, description="How many servers keep what is relayed, if made here.")
    ] = 1
    bus_keep_hours: Annotated[
        int,
        Meta(ge=1, le=8760, description="How long what is relayed is kept, if made here."),
    ] = 168
    feed_from: Annotated[
        Literal["database", "bus"],
        Meta(description="From where the API hears what its streams tell: `database` or `bus`."),
    ] = "database"
    media_url: Annotated[
        Annotated[str, Meta(pattern=r"^(file:///.+|s3://[a-z0-9][a-z0-9.-]*(/.*)?)$")] | None,
        Meta(
            description="Where pictures, videos and models are kept: `file:///srv/media`, which "
            "every process must reach, or `s3://bucket/prefix` (the extra `media-s3`), with keys, "
            "region and endpoint in the `AWS_` variables. Unset: `media` in the data directory."
        ),
    ] = None
    media_image_bytes: Annotated[
        int, Meta(ge=1024, description="Most bytes that a picture may have.")
    ] = 20_971_520
    media_video_bytes: Annotated[
        int, Meta(ge=1024, description="Most bytes that a video may have.")
    ] = 209_715_200
    media_model_bytes: Annotated[
        int, Meta(ge=1024, description="Most bytes that a model may have.")
    ] = 104_857_600
    media_image_pixels: Annotated[
        int,
        Meta(
            ge=1024,
            le=200_000_000,
            description="Most pixels that a picture may have. Each takes 4 bytes of memory or more "
            "while it is looked at.",
        ),
    ] = 50_000_000
    demo: Annotated[
        bool, Meta(description="Whether `rackhouse up` loads the demo catalog, stock and channels.")
    ] = True
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="Least level that is logged.")
    ] = "info"
    log_format: Annotated[
        str,
        Meta(
            pattern="^(auto|json|console)$",
            description="How logs are written; `auto` is for people on a terminal, else JSON.",
        ),
    ] = "auto"

    @property
    def origins(self) -> tuple[str, ...]:
        """The allowed origins, each by itself."""
        return tuple(each for each in self.allowed_origins.split(",") if each)

    @property
    def archive_folder(self) -> Path:
        """Where the files of the archive are."""
        return self.archive or self.data / "archive"

    @property
    def issuer(self) -> str:
        """The base URL that callers use, which is also the issuer of tokens."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
