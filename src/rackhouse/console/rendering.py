"""Rendering: templates, the addresses of static files, and how figures and times are written."""

import datetime
import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from markupsafe import Markup, escape

from rackhouse.console.form_ids import field_id
from rackhouse.console.lateness import behind, lateness
from rackhouse.console.money import amount_in_words
from rackhouse.inventory import place_in_words

__all__ = ["STATIC", "VENDOR_FILES", "fragment", "static_url", "vendor_is_there", "whole_page"]

STATIC = Path(__file__).parent / "static"
VENDOR_FILES = ("vendor/htmx.min.js", "vendor/sse.min.js")


def whole_page(template: str, *, status: int = 200, **facts: object) -> Response[str]:
    """A whole page."""
    return Response(
        fragment(template, **facts), status_code=status, media_type="text/html; charset=utf-8"
    )


def fragment(template: str, **facts: object) -> str:
    """Part of a page."""
    return _environment().get_template(template).render(facts)


@cache
def static_url(name: str) -> str:
    """The address of a static file. It changes with the content, so it may be kept forever."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{name}?v={digest}"


@cache
def vendor_is_there() -> bool:
    """Whether the JavaScript libraries were put in place; without them nothing is live."""
    return all((STATIC / name).is_file() for name in VENDOR_FILES)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rackhouse.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        figure=_figure,
        signed=_signed,
        clock=_clock,
        moment=_moment,
        instant=_instant,
        marked=_marked,
        capital=_capital,
        place=place_in_words,
        behind=behind,
        lateness=lateness,
        amount=amount_in_words,
        field_id=field_id,
    )
    environment.globals.update(static_url=static_url, scripted=vendor_is_there())
    return environment


def _figure(number: int) -> str:
    """12345 as 12,345, with a true minus."""
    return f"{number:,}".replace("-", "−")


def _capital(text: str) -> str:
    """A text that begins as a sentence does; names within it stay as they are."""
    return text[:1].upper() + text[1:]


def _signed(number: int) -> str:
    """A change with its sign; no change is a dot."""
    return "·" if number == 0 else f"{number:+,}".replace("-", "−")


def _marked(text: str) -> Markup:
    """Words in which `this` is code, as in docstrings and descriptions."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _clock(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).strftime("%H:%M:%S UTC")


def _moment(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).strftime("%-d %b %Y, %H:%M:%S UTC")


def _instant(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
