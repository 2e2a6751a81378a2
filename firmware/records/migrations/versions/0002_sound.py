"""How each leg sounded, and who answered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of calls that are stored already nothing is known."""
    op.add_column("leg", sa.Column("answered_by", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("leg", sa.Column("lost_s", sa.Float(), nullable=False, server_default="0"))
    op.add_column("leg", sa.Column("quiet_s", sa.Float(), nullable=False, server_default="0"))
    for name in ("voice_dbm0", "noise_dbm0", "peak_dbm0", "voice_s"):
        op.add_column("leg", sa.Column(name, sa.Float(), nullable=True))
    op.add_column("leg", sa.Column("clipped", sa.Integer(), nullable=True))
