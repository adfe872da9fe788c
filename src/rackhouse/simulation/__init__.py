"""Simulation: a seeded world of channels against the real system, on a clock of its own."""

from rackhouse.simulation.opening import OpeningRefused
from rackhouse.simulation.own_server import SimulationServer, simulation_server
from rackhouse.simulation.running import Cast, SimulationReport, simulate
from rackhouse.simulation.seeds import ProcessEnded, Simulated, simulate_seeds
from rackhouse.simulation.world import Faults, World

__all__ = [
    "Cast",
    "Faults",
    "OpeningRefused",
    "ProcessEnded",
    "Simulated",
    "SimulationReport",
    "SimulationServer",
    "World",
    "simulate",
    "simulate_seeds",
    "simulation_server",
]
