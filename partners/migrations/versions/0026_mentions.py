"""Which requirements a family agreed to have mentioned, one by one: with its agreement, or with a question without names"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('agreements', 'referrals'):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column('mentions', sa.JSON(), nullable=True))


def downgrade() -> None:
    for table in ('referrals', 'agreements'):
        with op.batch_alter_table(table) as batch:
            batch.drop_column('mentions')
