"""Exports and imports in memory."""

import io
import uuid
from typing import Any

import msgspec

from rackhouse.exchange import FORMS, Head, ImportTerms, export_catalog, import_catalog

__all__ = ["a_draft", "a_set_of", "exported", "fresh", "imported", "no_heed", "sku"]


def fresh(word: str = "p") -> str:
    """A word that no other test uses."""
    return f"{word}-{uuid.uuid4().hex[:12]}"


def sku() -> str:
    """A SKU that no other test uses."""
    return fresh("S").upper()


def a_draft(**said: Any) -> dict[str, Any]:
    """A sound draft of some goods with one variant."""
    usual = {"id": fresh(), "type": "goods", "name": "Tumbler", "price_minor": 1200}
    return {**usual, "currency": "EUR", "variants": [{"sku": sku()}], **said}


def a_set_of(*components: str, **said: Any) -> dict[str, Any]:
    """A sound draft of a bundle that takes one of each SKU."""
    made_of = [{"sku": each, "quantity": 1} for each in components]
    return a_draft(type="bundle", variants=[{"sku": sku(), "components": made_of}], **said)


async def no_heed(_: object) -> None:
    """Let an import go on."""


async def exported(context, form="jsonl", only_type=None, changed_since=None):
    """An export, and its head."""
    file = io.BytesIO()
    done = await export_catalog(
        context=context,
        form=FORMS[form],
        file=file,
        only_type=only_type,
        changed_since=changed_since,
    )
    return file.getvalue(), done.head


async def imported(context, content, form="jsonl", head=None, heed=no_heed, **terms):
    """What a file comes to; drafts are written as JSONL."""
    if not isinstance(content, bytes):
        content = b"".join(msgspec.json.encode(each) + b"\n" for each in content)
    usual = {"dry_run": False, "remove_missing": False, "skip_bad": False}
    return await import_catalog(
        context=context,
        form=FORMS[form],
        file=io.BytesIO(content),
        name=f"a.{form}",
        head=head or Head(),
        terms=ImportTerms(**usual | terms),
        heed=heed,
    )
