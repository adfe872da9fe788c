"""Exports and imports in memory."""

import io

import msgspec

from rackhouse.exchange import FORMS, Head, ImportTerms, export_catalog, import_catalog

__all__ = ["exported", "imported", "no_heed"]


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
