"""HTTP as modules see it: endpoints that declare all there is to know of them."""

from rackhouse.platform.http.commands import CarryOut, Command, CommandAnswer, Commands
from rackhouse.platform.http.endpoint import (
    PUBLIC,
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    cursor_of,
    entity_tag,
    json_text,
    version_matched,
)
from rackhouse.platform.http.openapi import openapi_document
from rackhouse.platform.http.problems import (
    PROBLEM_MEDIA_TYPE,
    problem,
    render_refusal,
    status_of,
)

__all__ = [
    "PROBLEM_MEDIA_TYPE",
    "PUBLIC",
    "Answer",
    "Call",
    "CarryOut",
    "Command",
    "CommandAnswer",
    "Commands",
    "Endpoint",
    "Page",
    "PageQuery",
    "cursor_of",
    "entity_tag",
    "json_text",
    "openapi_document",
    "problem",
    "render_refusal",
    "status_of",
    "version_matched",
]
