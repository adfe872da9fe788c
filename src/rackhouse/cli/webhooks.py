"""``rackhouse webhook``: webhooks, as the API itself knows them."""

from collections.abc import Sequence

import click
import msgspec

from rackhouse.cli.command_line import Failure
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.webhooks import (
    Attempt,
    Beginning,
    NewWebhook,
    Terms,
    Tested,
    Webhook,
    add_webhook,
    attempt_page,
    read_webhook,
    remove_webhook,
    rotate_webhook_secret,
    test_webhook,
    webhook_page,
)

__all__ = ["webhook_command"]

PAGE_LIMIT = 200
DAY_SECONDS = 86_400


@click.group("webhook")
def webhook_command() -> None:
    """Add, list, test and remove webhooks, and rotate their secrets."""


@webhook_command.command("add")
@click.argument("url")
@click.option("--description", required=True, help="What people call it.")
@click.option("--channel", help="Hear what this channel may hear, and nothing else.")
@click.option("--sku", multiple=True, help="Only of this SKU; may be repeated.")
@click.option("--type", "types", multiple=True, help="Only this type of event; may be repeated.")
@click.option("--batch", is_flag=True, help="Send many events in one request.")
@click.option("--conflate-after", type=click.IntRange(min=1), help="Then send newest levels only.")
@click.option("--signals", is_flag=True, help="Also tell when it has caught up, and heartbeats.")
@click.option("--snapshot", is_flag=True, help="Begin with the stock as it is.")
@click.option("--cursor", help="Begin with what follows this cursor.")
@click.option("--json", "as_json", is_flag=True, help="Print the webhook as JSON.")
def add_command(
    url: str,
    description: str,
    channel: str | None,
    sku: Sequence[str],
    types: Sequence[str],
    batch: bool,
    conflate_after: int | None,
    signals: bool,
    snapshot: bool,
    cursor: str | None,
    as_json: bool,
) -> None:
    """Send what happens to URL, and show the secret that signs it, this one time."""
    asked = {"sku": list(sku), "type": list(types)}
    terms = Terms(
        url=url,
        description=description,
        format="batch" if batch else "single",
        filter={field: values for field, values in asked.items() if values},
        conflate_after=conflate_after,
        signals=signals,
    )
    begins = Beginning(cursor=cursor, snapshot=snapshot)
    _show_secret(run(_added(terms, channel, begins)), as_json)


@webhook_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the webhooks as JSON.")
def list_command(as_json: bool) -> None:
    """List every webhook."""
    found = run(_listed())
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        lag = f"{each.lag.events} events, {each.lag.seconds:.1f} s behind"
        click.echo(f"{each.id}  {each.state:8}  {lag:28}  {each.description}  {each.problem}")


@webhook_command.command("show")
@click.argument("webhook_id")
def show_command(webhook_id: str) -> None:
    """Show the webhook WEBHOOK_ID, as JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(run(_shown(webhook_id)))))


@webhook_command.command("test")
@click.argument("webhook_id")
def test_command(webhook_id: str) -> None:
    """Send a signed test event to the webhook WEBHOOK_ID."""
    tested = run(_tested(webhook_id))
    if not tested.taken:
        answer = f"; it says: {tested.answer}" if tested.answer else ""
        raise Failure(f"{tested.problem}{answer}")
    click.echo(f"It was taken with the status {tested.status} in {tested.milliseconds:.0f} ms.")


@webhook_command.command("rotate")
@click.argument("webhook_id")
@click.option(
    "--overlap",
    "overlap_seconds",
    type=click.IntRange(0, 7 * DAY_SECONDS),
    default=DAY_SECONDS,
    show_default=True,
    help="Seconds for which the secrets before sign too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the secret as JSON.")
def rotate_command(webhook_id: str, overlap_seconds: int, as_json: bool) -> None:
    """Make another secret for the webhook WEBHOOK_ID and show it, this one time."""
    _show_secret(run(_rotated(webhook_id, overlap_seconds)), as_json)


@webhook_command.command("attempts")
@click.argument("webhook_id")
@click.option("--json", "as_json", is_flag=True, help="Print the attempts as JSON.")
def attempts_command(webhook_id: str, as_json: bool) -> None:
    """List the newest attempts to deliver to the webhook WEBHOOK_ID."""
    found = run(_attempts(webhook_id))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        at = each.attempted_at.isoformat(timespec="seconds")
        what = each.problem or "taken"
        click.echo(f"{at}  {each.messages:4} {each.type:24}  {each.milliseconds:8.1f} ms  {what}")


@webhook_command.command("remove")
@click.argument("webhook_id")
def remove_command(webhook_id: str) -> None:
    """Remove the webhook WEBHOOK_ID, with its dead letters."""
    run(_removed(webhook_id))
    click.echo(f"{webhook_id} is removed.")


async def _added(terms: Terms, channel: str | None, begins: Beginning) -> NewWebhook:
    async with open_house() as house:
        return await add_webhook(
            context=administrator(house), terms=terms, channel=channel, begins=begins
        )


async def _listed() -> list[Webhook]:
    found: list[Webhook] = []
    async with open_house() as house:
        while True:
            page = await webhook_page(
                context=administrator(house),
                after=found[-1].id if found else None,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


async def _shown(webhook_id: str) -> Webhook:
    async with open_house() as house:
        return await read_webhook(context=administrator(house), webhook_id=webhook_id)


async def _tested(webhook_id: str) -> Tested:
    async with open_house() as house:
        return await test_webhook(context=administrator(house), webhook_id=webhook_id)


async def _rotated(webhook_id: str, overlap_seconds: int) -> NewWebhook:
    async with open_house() as house:
        return await rotate_webhook_secret(
            context=administrator(house), webhook_id=webhook_id, overlap_seconds=overlap_seconds
        )


async def _attempts(webhook_id: str) -> list[Attempt]:
    async with open_house() as house:
        return await attempt_page(
            context=administrator(house), webhook_id=webhook_id, before=None, limit=PAGE_LIMIT
        )


async def _removed(webhook_id: str) -> None:
    async with open_house() as house:
        await remove_webhook(
            context=administrator(house), webhook_id=webhook_id, expected_version=None
        )


def _show_secret(new: NewWebhook, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(new))
        return
    click.echo(f"webhook  {new.id}")
    click.echo(f"secret   {new.secret}")
    click.echo("Keep the secret now; it can not be shown again.", err=True)
