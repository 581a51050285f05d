"""What families answer by text"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

UTC = partners.foundation.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('text_replies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('notify_id', sa.String(length=64), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('said', sa.String(length=10), nullable=False),
    sa.Column('words', partners.foundation.sealing.Sealed(), nullable=True),
    sa.Column('at', UTC, nullable=False),
    sa.Column('seen_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_text_replies_referral_id_referrals'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_text_replies_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_replies')),
    sa.UniqueConstraint('notify_id', name=op.f('uq_text_replies_notify_id'))
    )
    for column in ('referral_id', 'school_id'):
        op.create_index(op.f(f'ix_text_replies_{column}'), 'text_replies', [column])


def downgrade() -> None:
    op.drop_table('text_replies')
