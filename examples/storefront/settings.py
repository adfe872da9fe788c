"""Settings: where the house is, as which channel the shop sells, and what it keeps between runs."""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

__all__ = ["Kept", "Settings", "join", "settings_from"]

SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the shop has to know before it opens. Times are in seconds."""

    rackhouse: str
    channel: str
    secret: bytes
    client_id: str | None = None
    client_secret: str | None = None
    token: str | None = None
    host: str = "127.0.0.1"
    port: int = 8090
    https: bool = False
    hold_seconds: int = 600
    adult_years: int = 18
    adult_types: frozenset[str] = frozenset({"spirit", "wine"})
    media_origins: tuple[str, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """What the shop keeps in a file that only its owner reads."""

    secret: str
    client_id: str | None = None
    client_secret: str | None = None


def settings_from(environment: Mapping[str, str] = os.environ) -> tuple[Settings, Path]:
    """The settings that variables give, beginning with SHOP_, and the file for what is kept."""
    house = environment.get("SHOP_RACKHOUSE", "http://127.0.0.1:8080").rstrip("/")
    place = Path(environment.get("SHOP_KEPT", ".rackhouse/shop.json"))
    kept = _kept_at(place)
    media = environment.get("SHOP_MEDIA_ORIGINS", "")
    settings = Settings(
        rackhouse=house,
        channel=environment.get("SHOP_CHANNEL", "web"),
        secret=base64.b64decode(environment.get("SHOP_SECRET", kept.secret)),
        client_id=environment.get("SHOP_CLIENT_ID", kept.client_id),
        client_secret=environment.get("SHOP_CLIENT_SECRET", kept.client_secret),
        host=environment.get("SHOP_HOST", "127.0.0.1"),
        port=int(environment.get("SHOP_PORT", "8090")),
        https=environment.get("SHOP_HTTPS", "") == "true",
        hold_seconds=int(environment.get("SHOP_HOLD_SECONDS", "600")),
        media_origins=(house, *(each.strip() for each in media.split(",") if each.strip())),
    )
    return settings, place


def join(settings: Settings, place: Path, staff_token: str) -> Settings:
    """The settings with credentials of the channel that are good: those that are kept, or new ones,
    made with the token of somebody who may make them and kept from then on."""
    if settings.client_id is not None and _are_good(settings):
        return settings
    answer = httpx.post(
        f"{settings.rackhouse}/api/v1/channels/{settings.channel}/credentials",
        json={"name": "Example shop"},
        headers={"authorization": f"Bearer {staff_token}"},
    )
    answer.raise_for_status()
    made = answer.json()
    secret = base64.b64encode(settings.secret).decode()
    _keep(place, Kept(secret, made["client_id"], made["client_secret"]))
    known = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    given = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    return Settings(**{**known, **given})


def _are_good(settings: Settings) -> bool:
    pair = (settings.client_id or "", settings.client_secret or "")
    form = {"grant_type": "client_credentials"}
    return httpx.post(f"{settings.rackhouse}/oauth/token", data=form, auth=pair).is_success


def _kept_at(place: Path) -> Kept:
    if place.is_file():
        return msgspec.json.decode(place.read_bytes(), type=Kept)
    kept = Kept(base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())
    _keep(place, kept)
    return kept


def _keep(place: Path, kept: Kept) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.write_bytes(msgspec.json.encode(kept))
