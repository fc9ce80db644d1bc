"""Routes come into the application as they are, so none is prepared while somebody waits."""

from fastapi import APIRouter, FastAPI

from loquet_server.web.routing import add_routes


async def answer() -> str:
    return "yes"


def test_routes_within_routers_come_as_they_are() -> None:
    inner, outer, app = APIRouter(prefix="/in"), APIRouter(), FastAPI(openapi_url=None)
    inner.get("/a")(answer)
    outer.include_router(inner)
    outer.get("/b")(answer)
    add_routes(app, outer)
    assert app.routes == [*inner.routes, outer.routes[1]]
    assert list(app.openapi()["paths"]) == ["/in/a", "/b"]


def test_what_the_outer_router_leaves_out_of_the_description_stays_out() -> None:
    inner, outer, app = APIRouter(), APIRouter(include_in_schema=False), FastAPI(openapi_url=None)
    inner.get("/a")(answer)
    outer.include_router(inner)
    add_routes(app, outer)
    assert app.openapi()["paths"] == {}
