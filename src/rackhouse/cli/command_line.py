"""The commands: imported only when they are called, and never answering with a traceback."""

import importlib
import os
import sys
import traceback
from typing import Any, NamedTuple

import click

from rackhouse import __version__

__all__ = ["command_line", "main"]

FAILURE = 1
USAGE = 2
INTERRUPTED = 130


class _Place(NamedTuple):
    """Where a command is defined, and what the overview says of it."""

    module: str
    attribute: str
    summary: str


COMMANDS = {
    "up": _Place("up", "up_command", "Start everything: database, API, console and jobs."),
    "serve": _Place("serve", "serve_command", "Serve the API and the console only."),
    "work": _Place("work", "work_command", "Do the jobs only."),
    "migrate": _Place("migrate", "migrate_command", "Bring the database up to date."),
    "token": _Place("token", "token_command", "Print an access token for the API."),
    "client": _Place("client", "client_command", "Add, list and disable API clients."),
    "signin": _Place("signin", "signin_command", "Print a link that signs in to the console."),
    "import": _Place("importing", "import_command", "Import products from a file."),
    "products": _Place(
        "products", "products_command", "Show products and their versions; let them go live."
    ),
    "export": _Place("exporting", "export_command", "Export the catalog to a file."),
    "types": _Place("types", "types_command", "Define product types, and change them."),
    "collections": _Place(
        "collections", "collections_command", "Gather products, by hand and by rule."
    ),
    "bundles": _Place("bundles", "bundles_command", "Put bundles together, and sell them."),
    "prices": _Place("prices", "prices_command", "Say what SKUs cost and why; set prices."),
    "drop": _Place("dropping", "drop_command", "Rehearse a limited release, and audit it."),
    "simulate": _Place("simulating", "simulate_command", "Simulate hours of trade, and audit it."),
    "replay": _Place("replaying", "replay_command", "Replay a year of a shop's orders."),
    "stock": _Place("stock", "stock_command", "Say how much there is of a SKU, and where."),
    "order": _Place("orders", "order_command", "Sell pieces, and see from where they come."),
    "explain": _Place("explaining", "explain_command", "Say why a figure is, or was, what it is."),
    "rebuild": _Place("rebuild", "rebuild_command", "Check or rewrite the stock from its events."),
    "lot": _Place("lots", "lot_command", "Register, show and recall lots."),
    "quota": _Place("quotas", "quota_command", "Let SKUs share a cap."),
    "waiting": _Place("waiting", "waiting_command", "Show and change who waits for what."),
    "verify": _Place("verifying", "verify_command", "Find what was tampered with in the logs."),
    "settle": _Place("settling", "settle_command", "Make a restored dump ready for use."),
    "archive": _Place("archiving", "archive_command", "Move old events into files; check these."),
    "audit": _Place("auditing", "audit_command", "Compare everything, and open cases."),
    "cases": _Place("cases", "cases_command", "See to what audits found."),
    "count": _Place("counts", "count_command", "Count what lies on the shelves."),
    "inbound": _Place("inbound", "inbound_command", "Expect goods, and take them in."),
    "transfer": _Place("inbound", "transfer_command", "Send pieces between locations."),
    "promise": _Place("promises", "promise_command", "Sell pieces before they come."),
    "allotment": _Place(
        "allotments", "allotment_command", "Set pieces apart that a channel sells without asking."
    ),
    "safety": _Place("safety", "safety_command", "Keep pieces back, from everybody or a channel."),
    "webhook": _Place("webhooks", "webhook_command", "Push what happens to a URL."),
    "outlet": _Place("outlets", "outlet_command", "See to what is pushed, and how late it is."),
    "connection": _Place(
        "connecting", "connection_command", "Connect channels to where they really sell."
    ),
    "simulator": _Place(
        "simulating_channels", "simulator_command", "Run a stand-in for where a channel sells."
    ),
    "settings": _Place("settings", "settings_command", "Show every setting and its value."),
}


class Failure(click.ClickException):
    """What went wrong, in a sentence, and the exit code that says of which sort it is."""

    def __init__(self, message: str, exit_code: int = FAILURE) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]

    def show(self, file: Any = None) -> None:
        """Say it on standard error."""
        click.echo(f"rackhouse: {self.message}", file=file or sys.stderr)


class _LazyCommands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module = importlib.import_module(f"rackhouse.cli.{place.module}")
        command: click.Command = getattr(module, place.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click knows what to do; a reader that has gone needs no words
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None
        except Exception as error:
            raise _failure(error) from error


@click.group(cls=_LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rackhouse")
def command_line() -> None:
    """Rackhouse: the one truth about scarce goods.

    Settings are read from RACKHOUSE_... variables; `rackhouse settings` shows them.
    """


def main() -> None:
    """Run the command that the arguments name."""
    command_line(prog_name="rackhouse")


def _failure(error: Exception) -> Failure:
    """The sentence for an error: a foreseen one says itself what it is."""
    from rackhouse.platform.environment import InvalidSetting
    from rackhouse.platform.errors import Refusal
    from rackhouse.platform.migrations import MigrationChanged
    from rackhouse.platform.postgres import PostgresWouldNotStart

    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, InvalidSetting):
        return Failure(str(error), USAGE)
    if isinstance(error, Refusal | MigrationChanged | PostgresWouldNotStart):
        return Failure(str(error))
    if os.environ.get("RACKHOUSE_LOG_LEVEL") == "debug":
        traceback.print_exception(error)
    reason = str(error) or "no further words"
    return Failure(f"{type(error).__name__}: {reason} (RACKHOUSE_LOG_LEVEL=debug shows where)")
