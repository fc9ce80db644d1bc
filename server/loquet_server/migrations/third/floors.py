"""Tables and columns of revision 0003: floors."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

ID = sa.String(64)
COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def floors() -> None:
    """Plans of floors."""
    op.create_table(
        "floors",
        sa.Column("id", ID, primary_key=True),
        sa.Column("site", ID, sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("image", sa.String(64)),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
    )
    op.create_index("ix_floors_site", "floors", ["site"])


def floor_images() -> None:
    """Pictures under the plans."""
    op.create_table(
        "floor_images",
        sa.Column("floor", ID, sa.ForeignKey("floors.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )


def follow_ups() -> None:
    """Refused passages that somebody has looked after."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "follow_ups",
        sa.Column(
            "passage", number, sa.ForeignKey("passages.id", ondelete="CASCADE"),
            primary_key=True, autoincrement=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
    )  # fmt: skip


TABLES: tuple[Callable[[], None], ...] = (floors, floor_images, follow_ups)
