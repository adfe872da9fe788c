"""``rackhouse token``."""

import click

from rackhouse.cli.session import open_house, run
from rackhouse.identity import mint_token
from rackhouse.identity.module import MODULE as IDENTITY

__all__ = ["token_command"]


@click.command("token")
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be repeated.")
@click.option("--channel", help="Bind the token to this channel.")
@click.option("--customer", help="Bind the token to this customer.")
@click.option("--scope", "scopes", multiple=True, help="Only this permission; may be repeated.")
@click.option("--ttl-seconds", type=click.IntRange(min=1), help="How long it is good for.")
@click.option("--subject", default="local", show_default=True, help="Who the log will name.")
def token_command(
    roles: tuple[str, ...],
    channel: str | None,
    customer: str | None,
    scopes: tuple[str, ...],
    ttl_seconds: int | None,
    subject: str,
) -> None:
    """Print an access token for the API, and nothing else.

    Use it as `curl -H "Authorization: Bearer $(rackhouse token --role operator)" ...`.
    """
    click.echo(run(_minted(roles, channel, customer, scopes, ttl_seconds, subject)))


async def _minted(
    roles: tuple[str, ...],
    channel: str | None,
    customer: str | None,
    scopes: tuple[str, ...],
    ttl_seconds: int | None,
    subject: str,
) -> str:
    async with open_house(modules=[IDENTITY]) as house:
        return await mint_token(
            house=house,
            roles=roles,
            subject=subject,
            channel=channel,
            customer_id=customer,
            scopes=scopes or None,
            ttl_seconds=ttl_seconds,
        )
