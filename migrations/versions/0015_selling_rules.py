"""Keys of machines that reach one sales channel.

Revision: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("channel_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_api_keys_channel_id_sales_channels",
        "api_keys",
        "sales_channels",
        ["channel_id"],
        ["id"],
    )
    op.create_index("ix_api_keys_channel_id", "api_keys", ["channel_id"])


def downgrade() -> None:
    op.drop_index("ix_api_keys_channel_id", table_name="api_keys")
    op.drop_constraint("fk_api_keys_channel_id_sales_channels", "api_keys", type_="foreignkey")
    op.drop_column("api_keys", "channel_id")
