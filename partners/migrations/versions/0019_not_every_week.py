"""Sessions that are not every week: some of a month's days, or every other week counted from a day"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('offer_sessions') as sessions:
        sessions.add_column(sa.Column('nth', sa.JSON(), nullable=False, server_default='[]'))
        sessions.add_column(sa.Column('every_weeks', sa.Integer(), nullable=False, server_default='1'))
        sessions.add_column(sa.Column('anchor_on', sa.Date(), nullable=True))
    with op.batch_alter_table('offer_sessions') as sessions:
        for name in ('nth', 'every_weeks'):
            sessions.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('offer_sessions') as sessions:
        for name in ('anchor_on', 'every_weeks', 'nth'):
            sessions.drop_column(name)
