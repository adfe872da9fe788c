"""Simulation: a seeded world of channels against the real system, on a clock of its own."""

from rackhouse.simulation.opening import OpeningRefused
from rackhouse.simulation.running import Cast, SimulationReport, simulate
from rackhouse.simulation.world import Faults, World

__all__ = ["Cast", "Faults", "OpeningRefused", "SimulationReport", "World", "simulate"]
