"""A village space to look around in: its data, its simulated units, and members who come and go."""

from loquet_server.demo.launch import run_demo

__all__ = ["run_demo"]
