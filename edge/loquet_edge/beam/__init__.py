"""Two beams across a door as a pure machine: who went through, and which way."""

from loquet_edge.beam.machine import deadline, step
from loquet_edge.beam.state import Counter, CounterConfig, InvalidCounterConfig

__all__ = ["Counter", "CounterConfig", "InvalidCounterConfig", "deadline", "step"]
