"""The form of a collection: what stands in it, what its buttons do to it, and what it says."""

import datetime
from collections.abc import Mapping
from itertools import count
from typing import Any

import msgspec

from rackhouse.curation import (
    CollectionRule,
    CollectionTerms,
    InvalidCollection,
    Picture,
)
from rackhouse.platform.errors import FieldProblem

__all__ = ["CollectionForm", "form_of", "form_read", "stepped", "terms_in"]

MEMBERS_LIMIT = 500


class CollectionForm(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form, as it was typed. Version 0 is a collection that there is not yet."""

    title: str = ""
    description: str = ""
    image_url: str = ""
    image_alt: str = ""
    members: tuple[str, ...] = ()
    excluded: str = ""
    by_rule: bool = False
    q: str = ""
    filter: str = ""
    sort: str = "relevance"
    available: bool = False
    limit: str = "100"
    channels: str = ""
    starts_at: str = ""
    ends_at: str = ""
    version: int = 0


def form_of(terms: CollectionTerms, version: int) -> CollectionForm:
    """The form in which a collection is changed."""
    rule = terms.rule or CollectionRule()
    image = terms.image or Picture(url="/")
    return CollectionForm(
        title=terms.title,
        description=terms.description,
        image_url=image.url if terms.image else "",
        image_alt=image.alt,
        members=terms.members,
        excluded=" ".join(terms.excluded),
        by_rule=terms.rule is not None,
        q=rule.q,
        filter=rule.filter,
        sort=rule.sort,
        available=rule.available,
        limit=str(rule.limit),
        channels=" ".join(terms.channels),
        starts_at=_typed(terms.starts_at),
        ends_at=_typed(terms.ends_at),
        version=version,
    )


def form_read(data: Mapping[str, str]) -> CollectionForm:
    """What somebody sent, as it was typed."""
    texts = {
        field.name: data[field.name]
        for field in msgspec.structs.fields(CollectionForm)
        if field.type is str and field.name in data
    }
    members = []
    for number in count():
        member = data.get(f"member-{number}")
        if member is None or number > MEMBERS_LIMIT:
            break
        members.append(member)
    version = data.get("version", "")
    return CollectionForm(
        **texts,
        members=tuple(members),
        by_rule=data.get("by_rule") == "yes",
        available=data.get("available") == "yes",
        version=int(version) if version.isascii() and version.isdigit() else 0,
    )


def stepped(form: CollectionForm, step: str, added: str) -> tuple[CollectionForm, str]:
    """The form after a button of its list of members: ``up:2``, ``down:0``, ``out:1``, or ``add``
    with ids that were typed; and the button that is to have the focus then."""
    members = list(form.members)
    what, _, place = step.partition(":")
    at = int(place) if place.isascii() and place.isdigit() else -1
    focus = "add"
    if what == "add":
        members += [each for each in added.replace(",", " ").split() if each not in members]
    elif what == "out" and 0 <= at < len(members):
        del members[at]
        focus = f"out:{min(at, len(members) - 1)}" if members else "add"
    elif what in ("up", "down") and 0 <= at < len(members):
        to = min(max(at + (1 if what == "down" else -1), 0), len(members) - 1)
        members.insert(to, members.pop(at))
        ends = {"up": to == 0, "down": to == len(members) - 1}
        focus = f"{({'up': 'down', 'down': 'up'}[what]) if ends[what] else what}:{to}"
    return msgspec.structs.replace(form, members=tuple(members)), focus


def terms_in(form: CollectionForm) -> CollectionTerms:
    """What the form says. Refuses with `InvalidCollection` what can not be read."""
    problems: list[FieldProblem] = []
    rule = {
        "q": form.q.strip(),
        "filter": form.filter.strip(),
        "sort": form.sort.strip() or "relevance",
        "available": form.available,
        "limit": _number(form.limit, problems),
    }
    said: dict[str, Any] = {
        "title": form.title.strip(),
        "description": form.description.strip(),
        "image": _picture(form),
        "members": form.members,
        "excluded": tuple(form.excluded.replace(",", " ").split()),
        "rule": rule if form.by_rule else None,
        "channels": tuple(form.channels.replace(",", " ").split()),
        "starts_at": _moment("starts_at", form.starts_at, problems),
        "ends_at": _moment("ends_at", form.ends_at, problems),
    }
    if problems:
        raise InvalidCollection(tuple(problems))
    try:
        return msgspec.convert(said, CollectionTerms)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        field = path.removesuffix("`") or "collection"
        raise InvalidCollection((FieldProblem(field, f"is not as it should be: {what}"),)) from None


def _picture(form: CollectionForm) -> dict[str, str] | None:
    url = form.image_url.strip()
    return {"url": url, "alt": form.image_alt.strip()} if url else None


def _number(text: str, problems: list[FieldProblem]) -> int:
    text = text.strip() or "100"
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    problems.append(FieldProblem("rule.limit", f"{text!r} is no number; write one such as 100"))
    return 1


def _moment(field: str, text: str, problems: list[FieldProblem]) -> datetime.datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        return datetime.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=datetime.UTC)
    except ValueError:
        problem = f"{text[:40]!r} is no moment; write it as 2026-12-01T09:00:00"
        problems.append(FieldProblem(field, problem))
        return None


def _typed(moment: datetime.datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
