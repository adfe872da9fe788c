"""The command line: one entry point for people and programs on the machine itself."""

from rackhouse.cli.command_line import main

__all__ = ["main"]
