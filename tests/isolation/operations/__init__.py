"""What clients do."""

from isolation.operations.board import Ask, Board, Turn
from isolation.operations.table import OPERATIONS, Operation, operation_named

__all__ = ["OPERATIONS", "Ask", "Board", "Operation", "Turn", "operation_named"]
