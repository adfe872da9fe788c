"""Rendering: templates, and the addresses of static files."""

import datetime
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from examples.storefront.media import first_picture
from examples.storefront.words import amount, duration

__all__ = ["STATIC", "rendered", "static_url", "viewer_is_there"]

HERE = Path(__file__).parent
STATIC = HERE / "static"
VIEWER = "vendor/model-viewer.min.js"


def rendered(template: str, **facts: object) -> str:
    """A page."""
    return _environment().get_template(template).render(facts)


@cache
def static_url(name: str) -> str:
    """The address of a static file. It changes with the content, so it may be kept forever."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{name}?v={digest}"


@cache
def viewer_is_there() -> bool:
    """Whether the component that shows models was fetched; without it there are pictures."""
    return (STATIC / VIEWER).is_file()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(amount=amount, instant=_instant, clock=_clock, day=_day)
    environment.globals.update(
        first_picture=first_picture,
        static_url=static_url,
        viewer_url=static_url(VIEWER) if viewer_is_there() else None,
        now=lambda: datetime.datetime.now(datetime.UTC),
        left=lambda until: duration((until - datetime.datetime.now(datetime.UTC)).total_seconds()),
    )
    return environment


def _instant(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _clock(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).strftime("%H:%M UTC")


def _day(time: datetime.datetime) -> str:
    return f"{time.day} {time:%B %Y}"
