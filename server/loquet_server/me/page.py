"""``/me``: the members' own pages, joined; and ``/help``, where hosts answer them."""

from fastapi import APIRouter

from loquet_server.me import (
    answer_page,
    badges_page,
    data_page,
    help_page,
    home_page,
    link_page,
    organisation_page,
    passages_page,
    sign_in_page,
)
from loquet_server.office import Office

PAGES = (
    home_page, badges_page, passages_page, help_page, data_page, answer_page, link_page,
    organisation_page,
)  # fmt: skip


def routes(office: Office) -> APIRouter:
    """Return the routes of the members' own pages."""
    router = APIRouter(include_in_schema=False)
    router.include_router(sign_in_page.routes(office))
    for each in PAGES:
        router.include_router(each.router)
    return router
