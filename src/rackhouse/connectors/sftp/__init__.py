"""A marketplace that exchanges CSV files over SFTP."""

from rackhouse.connectors.sftp.adapter import ADAPTER

__all__ = ["ADAPTER"]
