"""How the routes of all rooms come into one application."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute


def add_routes(app: FastAPI, router: APIRouter, *, described: bool = True) -> None:
    """Add a router's routes as they are, and those of the routers within it.

    ``include_router`` would prepare each route once more for every router around it, while the
    first request waits: seconds in which nobody is answered, and more memory. Of what it hands
    down, routers here use one thing: whether the API's description speaks of them.
    """
    described = described and router.include_in_schema
    for route in router.routes:
        included: Any = getattr(route, "original_router", None)
        if included is not None:
            add_routes(app, included, described=described)
            continue
        if isinstance(route, APIRoute) and not described:
            route.include_in_schema = False
        app.router.routes.append(route)
