"""The do-not-list register"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('do_not_list',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_key', sa.String(length=200), nullable=False),
    sa.Column('website_key', sa.String(length=200), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('asked_by', sa.String(length=120), nullable=False),
    sa.Column('added_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_do_not_list'))
    )
    with op.batch_alter_table('do_not_list', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_do_not_list_name_key'), ['name_key'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('do_not_list', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_do_not_list_name_key'))

    op.drop_table('do_not_list')
