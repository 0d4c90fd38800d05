"""Drop an index by task: the unique one by version has the same order, since versions have the order of `seq`."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_task_history_task_id_seq", "task_history")


def downgrade() -> None:
    op.create_index("ix_task_history_task_id_seq", "task_history", ["task_id", sa.text("seq DESC")])
